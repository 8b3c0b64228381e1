"""Keyed hashes of the emails of deleted accounts: bans and mutes hold for a new account of the same address."""

import hmac


def email_hash(key: str, email_key: str) -> str:
    """Return the HMAC-SHA256 of an email in its one form (`text.email_key`), in hexadecimal.

    Args:
        key: of this storage, made with it and kept in it: another secret of the server, or a restored backup, leaves
            bans and mutes as they are.
        email_key: of the account.
    """
    return hmac.new(key.encode(), email_key.encode(), "sha256").hexdigest()
