"""Mail transport: plain-text messages to one recipient, delivered to an SMTP server."""

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
    """A mail could not be delivered to the SMTP server.

    Attributes:
        reason: class and codes of the failure, for the log. It never contains an address or text of the server.
        is_permanent: a retry would fail, too.
        is_server_error: the server accepts no mail for any recipient. A connection that is lost or times out during a
            delivery does not count, because the recipient may be the cause.
    """

    def __init__(self, reason: str, *, is_final: bool = False, of_server: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_permanent = is_final
        self.is_server_error = of_server


class Mailer(Protocol):
    """Interface of a mail transport."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a plain-text mail to one address.

        Raises:
            MailError: the mail was not delivered to the server, as far as is known.
        """


class SmtpMailer:
    """Mailer that opens an SMTP connection for each mail.

    Args:
        sender: address of the sender.
        encryption: "starttls" or "tls" is required, even if the server does not offer it; "none" is for a server on
            this machine.
        username: user name at the server; "" if it requires none.
        timeout: timeout in seconds to connect, and for the answer to each command.
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
        """Send a plain-text mail to one address.

        Raises:
            MailError: the mail was not delivered to the server, as far as is known.
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
            with suppress(aiosmtplib.SMTPException):  # the mail is delivered
                await client.quit()
        except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
            # `from None`: the server's answer and the message may contain addresses
            raise MailError(
                _reason(failure), is_final=_is_permanent(failure), of_server=_is_server_error(failure)
            ) from None
        finally:  # immediately, even if cancelled: `async with` would send QUIT and wait for the answer
            client.close()

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage(SMTP.clone(max_line_length=998))  # limit of RFC 5322: a shorter one would break links
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic answers
        message.set_content(text)
        return message


def _smtp_response(failure: BaseException) -> aiosmtplib.SMTPResponseException | None:
    """Return the response of the server, if the failure has one; each mail has a single recipient."""
    if isinstance(failure, aiosmtplib.SMTPRecipientsRefused):
        return failure.recipients[0]
    return failure if isinstance(failure, aiosmtplib.SMTPResponseException) else None


def _is_permanent(failure: Exception) -> bool:
    if isinstance(failure, aiosmtplib.SMTPSenderRefused):
        return False  # a setting, here or at the server, which can be corrected
    if answer := _smtp_response(failure):
        return answer.code >= _MIN_PERMANENT_CODE
    return isinstance(failure, aiosmtplib.SMTPNotSupported | ValueError)


def _is_server_error(failure: Exception) -> bool:
    return isinstance(failure, aiosmtplib.SMTPSenderRefused)


def _reason(failure: BaseException) -> str:
    """Return the class of a failure with its codes and the operating system's message, without text of the server."""
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
