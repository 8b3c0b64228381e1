"""aiohttp's log of what it could not read as HTTP: a client's fault is one line, not a traceback."""

import logging

from aiohttp.http_exceptions import HttpProcessingError


class _OneLine(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        failure = record.exc_info[1] if record.exc_info else None
        if isinstance(failure, HttpProcessingError):
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            # its message has what the client sent in it: perhaps a token
            record.msg, record.args = "a request was no HTTP: %s", (type(failure).__name__,)
        return True


http_log = logging.getLogger("studyhall.http")
http_log.addFilter(_OneLine())
