"""aiohttp's log of malformed requests: one line a minute for each kind, instead of a traceback each."""

import logging

from aiohttp.http_exceptions import HttpProcessingError

from runtime.logs import LogThrottle


class _OneLine(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._seldom = LogThrottle()  # malformed requests cost a client nothing

    def filter(self, record: logging.LogRecord) -> bool:
        failure = record.exc_info[1] if record.exc_info else None
        if not isinstance(failure, HttpProcessingError):
            return True
        kind = type(failure).__name__
        if not self._seldom.allow(kind):
            return False
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        # the message of the error quotes the request, perhaps with a token
        record.msg, record.args = (
            "rejecting malformed HTTP requests, logged once a minute: %s",
            (kind,),
        )
        return True


http_log = logging.getLogger("studyhall.http")
http_log.addFilter(_OneLine())
