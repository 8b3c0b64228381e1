"""Secret key that signs tokens; generated and stored if none is set."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from config.loader import settings_error
from config.schema import ROOT, Config
from config.text_file import read_text
from config.validators import MIN_SECRET_BYTES


def load_secret_key(config: Config) -> str:
    """Return the key that signs tokens: the secret that is set or, outside production, a generated one.

    A generated key is stored in the private file `secret` beside the data and reused at the next start. Several
    processes that start at once get the same key. With memory:// storage nothing is written, and each call generates
    another key.

    Raises:
        SettingsError: the file cannot be created or read, or holds less than MIN_SECRET_BYTES of text.
    """
    if config.auth.secret:
        return config.auth.secret
    if config.storage.kind == "memory":
        return _new_secret()
    file = (config.storage.file.parent if config.storage.kind == "sqlite" else ROOT / "data") / "secret"
    try:
        if not file.exists():
            _store_new_secret(file)
        kept = read_text(file).strip()
    except OSError as error:
        raise settings_error(f"[auth] secret: {file}", f"{error.strerror}; or set STUDYHALL_AUTH_SECRET") from None
    except ValueError:
        kept = ""
    if len(kept.encode()) < MIN_SECRET_BYTES:
        raise settings_error(f"[auth] secret: {file}", f"holds less than {MIN_SECRET_BYTES} bytes of text: delete it")
    return kept


def _new_secret() -> str:
    return secrets.token_urlsafe(48)


def _store_new_secret(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".secret-", dir=file.parent)  # mkstemp: readable only by its owner
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as writer:
            writer.write(_new_secret() + "\n")
            writer.flush()
            os.fsync(handle)
        with suppress(FileExistsError):  # another process was first: all processes use its secret
            os.link(draft, file)  # atomic, and never replaces an existing file
    finally:
        Path(draft).unlink()
