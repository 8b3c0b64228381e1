"""Mail: text for one person, handed to an SMTP server."""

import os
import re
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

import aiosmtplib

_ENHANCED_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463
_MIN_PERMANENT_CODE = 500  # from this code on, RFC 5321


class MailError(Exception):
    """A mail that was not handed over.

    Attributes:
        reason: class and codes of the failure, for the log. Never an address, nor words of the mail server.
        is_final: a further try would fail, too.
        of_server: the server takes no mail at all, whoever it is for. A connection that is lost, or not answered, while
            a mail is handed over says nothing of others: its recipient may be the cause.
    """

    def __init__(self, reason: str, *, is_final: bool = False, of_server: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_permanent = is_final
        self.is_server_error = of_server


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a text to one address.

        Raises:
            MailFailure: it was not handed over, as far as is known.
        """


class SmtpMailer:
    """Hands each mail to an SMTP server over a connection of its own.

    Args:
        sender: the address that mail comes from.
        encryption: without it nothing is sent, also where the server offers none; "none" is for this machine.
        username: to sign in with; "" where the server wants none.
        timeout: seconds that the server may take to connect, and to answer each command.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        encryption: Literal["starttls", "tls", "none"] = "starttls",
        username: str = "",
        password: str = "",
        timeout: float = 20.0,
    ) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._encryption = encryption
        self._username = username
        self._password = password
        self._timeout = timeout

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a text to one address.

        Raises:
            MailFailure: it was not handed over, as far as is known.
        """
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username or None,
            password=self._password or None,
            use_tls=self._encryption == "tls",
            start_tls=self._encryption == "starttls",
            timeout=self._timeout,
        )
        try:
            message = self._message(to, subject, text)
            try:
                await client.connect()
            except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
                raise MailError(_reason(failure), of_server=True) from None
            await client.send_message(message, sender=self._sender, recipients=[to])
            with suppress(aiosmtplib.SMTPException):  # it has the mail
                await client.quit()
        except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
            # `from None`: what the server said, and the message, may have addresses in them
            raise MailError(
                _reason(failure), is_final=_is_permanent(failure), of_server=_is_server_error(failure)
            ) from None
        finally:  # at once, also where we are cancelled: `async with` would say goodbye first, and wait for an answer
            client.close()

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage(SMTP.clone(max_line_length=998))  # as RFC 5322: a shorter one would break links
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
        message.set_content(text)
        return message


def _smtp_response(failure: BaseException) -> aiosmtplib.SMTPResponseException | None:
    """Return what the server answered; of several recipients there is one."""
    if isinstance(failure, aiosmtplib.SMTPRecipientsRefused):
        return failure.recipients[0]
    return failure if isinstance(failure, aiosmtplib.SMTPResponseException) else None


def _is_permanent(failure: Exception) -> bool:
    if isinstance(failure, aiosmtplib.SMTPSenderRefused):
        return False  # a setting of ours, or theirs: it may be mended
    if answer := _smtp_response(failure):
        return answer.code >= _MIN_PERMANENT_CODE
    return isinstance(failure, aiosmtplib.SMTPNotSupported | ValueError)


def _is_server_error(failure: Exception) -> bool:
    return isinstance(failure, aiosmtplib.SMTPSenderRefused)


def _reason(failure: BaseException) -> str:
    """Return the class of a failure, with codes and the operating system's words; nothing that a server said."""
    words = [type(failure).__name__]
    if answer := _smtp_response(failure):
        words += [str(answer.code), *_ENHANCED_STATUS.findall(str(answer.message))[:1]]
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return " ".join([*words, cause.reason or "SSLError"])
        if isinstance(cause, OSError) and cause.errno is not None:
            return " ".join([*words, os.strerror(cause.errno)])
        cause = cause.__cause__ or cause.__context__
    return " ".join(words)
