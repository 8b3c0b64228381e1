"""Mail: text for one person, handed to an SMTP server."""

from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

import aiosmtplib


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a text to one address, or raise."""


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
            aiosmtplib.SMTPException, OSError, ValueError: the server, or what it may be told, did not have it.
        """
        message = EmailMessage(SMTP.clone(max_line_length=998))  # as RFC 5322: a shorter one would break links
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
        message.set_content(text)
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
            await client.connect()
            await client.send_message(message, sender=self._sender, recipients=[to])
            with suppress(aiosmtplib.SMTPException):  # it has the mail
                await client.quit()
        finally:  # at once, also where we are cancelled: `async with` would say goodbye first, and wait for an answer
            client.close()
