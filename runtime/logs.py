"""Logging: one line for each event, in which client input is escaped so that it cannot break, forge or colour lines.

Security events have a name and fields: the user, the address and the request. `log_security_event` writes them, without
secrets: no password, no token, no session id.
"""

import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import Literal, TextIO, TypeAlias

import msgspec

from runtime import console
from runtime.bounded_dict import BoundedDict

Format: TypeAlias = Literal["text", "json"]

CONTEXT: ContextVar[Mapping[str, str]] = ContextVar("log context", default={})  # noqa: B039  # never changed, only set
"""Fields of the current request: `request`, `address` and `user`, as far as they are known."""

THROTTLE_INTERVAL = 60.0
"""Seconds in which a repeated event is logged once."""
MAX_REPEATS = 50
"""Maximum number of lines with one wording from the socket engine in `THROTTLE_INTERVAL` seconds."""
_ENGINE_LOGGERS = "socket_engine."
_MAX_TRACKED = 10_000
_WARNING_EVENTS = frozenset({"sign_in_failed", "refresh_token_reused", "token_rejected", "forbidden", "rate_limited"})

_security = logging.getLogger("studyhall.security")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_EMAIL = re.compile(r"(?<![^\s<>()\[\]{}\"'`=,;])[^\s<>()\[\]{}\"`=,;:/@]+@[^\s<>()\[\]{}\"'`=,;:/@]+")
"""Email addresses; not after "://", which is the URL of a database."""
_DETAIL = re.compile(r"\n(DETAIL|LINE \d+): .*?(?=\nHINT: |\n\n(?:The above exception|During handling)|\Z)", re.DOTALL)
_PLAIN = re.compile(r"[^\s=\"]+")


def escape_control(said: str) -> str:
    """Return text with line breaks, control, bidirectional and invisible characters escaped, as Python writes them."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), said)


def mask_personal_data(said: str) -> str:
    """Return text without email addresses, and without the rows and statements that PostgreSQL quotes in errors.

    This is the last resort: Studyhall's own lines contain only ids, but an exception's message may contain anything.
    """
    if "@" in said:
        said = _EMAIL.sub("…@…", said)
    return _DETAIL.sub(r"\n\1: left out", said) if "\n" in said else said


class TextFormatter(logging.Formatter):
    """Formatter of lines for people: time, level, logger, message, then fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # logging's
        """Return the time of the record in UTC, so that logs of servers in different time zones can be compared."""
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, a traceback included."""
        fields = "".join(f" {name}={_quoted(value)}" for name, value in _fields(record).items())
        return escape_control(mask_personal_data(super().format(record) + fields))


class JsonFormatter(logging.Formatter):
    """Formatter of lines for programs: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, a traceback included."""
        said: dict[str, str] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(
            {name: escape_control(mask_personal_data(value)) for name, value in said.items()}
        ).decode()


class _RepeatFilter(logging.Filter):
    """Filter that limits lines that clients can cause by connecting, by `MAX_REPEATS` and `THROTTLE_INTERVAL`."""

    def __init__(self) -> None:
        super().__init__()
        self._since = -THROTTLE_INTERVAL
        self._written: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a line of the socket engine above the limit of its wording."""
        if not record.name.startswith(_ENGINE_LOGGERS):
            return True
        now = time.monotonic()
        if now - self._since >= THROTTLE_INTERVAL:
            self._since = now
            self._written.clear()
        wording = str(record.msg)
        self._written[wording] += 1
        if self._written[wording] == MAX_REPEATS:
            record.msg = f"{wording} (further lines like this are left out for a minute)"
        return self._written[wording] <= MAX_REPEATS


class _Lines(logging.StreamHandler[TextIO]):
    """Handler that writes lines to a stream. A full disk or a missing reader costs lines, not the server."""

    _failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's
        """Report on standard error that lines are lost, once until a write succeeds."""
        failure = sys.exc_info()[1]
        if not isinstance(failure, OSError):
            super().handleError(record)
        elif not self._failed:
            self._failed = True
            console.print_error(f"the log cannot be written ({failure.strerror}): lines are lost until it can")

    def flush(self) -> None:
        """Flush the stream."""
        super().flush()
        self._failed = False


def configure(form: Format, level: int = logging.INFO) -> None:
    """Configure the root logger to write to standard output, or to standard error if that is closed.

    Args:
        form: format of the lines: "text", or "json" in UTF-8.
        level: lowest level that is written.
    """
    if form == "json" and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8; in another encoding its readers would fail
    handler = _Lines(sys.stdout or sys.stderr)
    handler.addFilter(_RepeatFilter())
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def log_security_event(what: str, **fields: str | None) -> None:
    """Log a security event.

    Args:
        what: name of the event, one word; docs/operating.md lists all.
        fields: fields in addition to `CONTEXT`, which they override; None for an unknown value. No secrets.
    """
    known = {name: value for name, value in {**CONTEXT.get(), **fields}.items() if value}
    _security.log(logging.WARNING if what in _WARNING_EVENTS else logging.INFO, what, extra={"fields": known})


class LogThrottle:
    """Limit of one line in an interval for each key, counting the omitted ones.

    Keys that clients can choose cost bounded memory: the key logged longest ago is forgotten first.

    Args:
        monotonic: monotonic clock, in seconds.
        interval: seconds in which one line of a key is written.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, interval: float = THROTTLE_INTERVAL) -> None:
        self._monotonic = monotonic
        self._interval = interval
        self._last_logged: BoundedDict[Hashable, _LastLine] = BoundedDict(_MAX_TRACKED)

    def __len__(self) -> int:
        """Return the number of stored keys."""
        return len(self._last_logged)

    def allow(self, key: Hashable) -> bool:
        """Return True if a line of this key may be written now; this starts a new interval for the key."""
        return self.count_omitted(key) is not None

    def count_omitted(self, key: Hashable) -> int | None:
        """Return the number of lines omitted since the last one of this key; None if this line must be omitted, too."""
        now = self._monotonic()
        last = self._last_logged.get(key)
        if last is not None and now - last.at < self._interval:
            last.omitted += 1
            return None
        self._last_logged[key] = _LastLine(now)
        return last.omitted if last is not None else 0


class _LastLine:
    """Time of the last line of a key, and the number of lines omitted since."""

    __slots__ = ("at", "omitted")

    def __init__(self, at: float) -> None:
        self.at = at
        self.omitted = 0


class ThrottledLogger:
    """Logger of security events that logs a repeated event once in an interval, so that clients cannot fill the disk.

    Args:
        monotonic: monotonic clock, in seconds.
        interval: seconds in which one line is written for events with equal fields.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, interval: float = THROTTLE_INTERVAL) -> None:
        self._throttle = LogThrottle(monotonic, interval=interval)

    def __len__(self) -> int:
        """Return the number of different events that are stored."""
        return len(self._throttle)

    def log(self, what: str, **fields: str) -> None:
        """Call `log_security_event` at most once in `interval` seconds; the field `suppressed` counts the others."""
        omitted = self._throttle.count_omitted((what, *fields.values()))
        if omitted is not None:
            log_security_event(what, **fields, suppressed=str(omitted) if omitted else None)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> Mapping[str, str]:
    fields: Mapping[str, str] = getattr(record, "fields", {})
    return fields


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else msgspec.json.encode(escape_control(value)).decode()
