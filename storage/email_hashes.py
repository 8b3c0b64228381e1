"""Keyed hashes of the emails of deleted accounts: bans and mutes apply to a new account with the same address."""

import hmac


def email_hash(key: str, email_key: str) -> str:
    """Return the HMAC-SHA256 of an email key, in hexadecimal.

    Args:
        key: secret of this storage, created with it and stored in it. A changed secret of the server, or a restored
            backup, leaves bans and mutes in force.
        email_key: normal form of the account's email (`text.email_key`).
    """
    return hmac.new(key.encode(), email_key.encode(), "sha256").hexdigest()
