"""What signs the tokens, made and kept where nobody has set it."""

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
    """Return what signs the tokens: the secret that is set or, outside production, one that is made and kept.

    It is kept in the private file `load_secret_key` beside the data and found there at the next start; of several
    processes
    that start at once, all get the same. With memory:// storage nothing is written, and each call makes another.

    Raises:
        SettingsError: the file cannot be made or read, or holds less than a secret.
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
    handle, draft = tempfile.mkstemp(prefix=".secret-", dir=file.parent)  # mkstemp: readable by its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as writer:
            writer.write(_new_secret() + "\n")
            writer.flush()
            os.fsync(handle)
        with suppress(FileExistsError):  # another process was first: its secret is everybody's
            os.link(draft, file)  # whole or not at all, and never over another
    finally:
        Path(draft).unlink()
