"""An SMTP server in this process, which stores the mails that it receives."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from services.accounts.email_verification import SUBJECT as VERIFICATION_SUBJECT
from tests.support.served import PATIENCE, Served, served


class MailServer:
    """Received mails, and failures to inject.

    Attributes:
        port: port of the server.
        go: while it is not set, no mail is answered.
        asked: set when the text of the first mail has been received.
        left: set when a client has closed its connection.
        refusal: reply to the text of a mail, instead of accepting it.
        answers: reply by recipient, instead of accepting it.
        verifications: mails that verify an address, one for every new account. `arrived` does not return them.
        dropped: recipients for which the connection is aborted without a reply.
        tried: recipients of all attempts, including failed ones.
        broken: if True, the reply to the text of a mail is a temporary failure.
    """

    def __init__(self) -> None:
        self.port = 0
        self.go = asyncio.Event()
        self.go.set()
        self.asked = asyncio.Event()
        self.broken = False
        self.refusal: str | None = None
        self.answers: dict[str, str] = {}
        self.dropped: set[str] = set()
        self.tried: list[str] = []
        self.left = asyncio.Event()
        self.encrypted: list[bool] = []
        self.recipients: list[list[str]] = []
        self.verifications: asyncio.Queue[EmailMessage] = asyncio.Queue()
        self._mails: asyncio.Queue[EmailMessage] = asyncio.Queue()

    async def arrived(self, within: float = PATIENCE) -> EmailMessage:
        """Return the next mail."""
        async with asyncio.timeout(within):
            return await self._mails.get()

    async def verified(self, within: float = PATIENCE) -> EmailMessage:
        """Return the next mail that verifies an address."""
        async with asyncio.timeout(within):
            return await self.verifications.get()

    @property
    def is_empty(self) -> bool:
        return self._mails.empty()

    async def handle_RCPT(self, connection, session, envelope, address, options):  # noqa: N802, ARG002
        self.tried.append(address)
        if address in self.dropped:
            connection.transport.abort()
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _, session, envelope):  # noqa: N802  # aiosmtpd looks for it by this name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        if mail["Subject"] == VERIFICATION_SUBJECT:
            self.verifications.put_nowait(mail)
            return "250 OK"
        self.asked.set()
        await self.go.wait()
        if self.broken:
            return "451 4.3.0 not today"
        if self.refusal:
            return self.refusal
        self.encrypted.append(session.ssl is not None)
        self.recipients.append(envelope.rcpt_tos)
        self._mails.put_nowait(mail)
        return "250 OK"


@asynccontextmanager
async def mail_server(
    encryption: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> AsyncIterator[MailServer]:
    """Run a mail server on a free port of 127.0.0.1.

    Args:
        encryption: if given, STARTTLS is required.
        login: if given, the user name and password that clients must send.
    """
    server, loop = MailServer(), asyncio.get_running_loop()

    def is_known(_server, _session, _envelope, _mechanism, data):
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=known)

    class Smtp(SMTP):
        def connection_lost(self, error):
            server.left.set()
            super().connection_lost(error)

    def connected():
        return Smtp(
            server,
            tls_context=encryption,
            require_starttls=encryption is not None,
            authenticator=is_known if login else None,
            auth_required=login is not None,
            hostname="localhost",
            loop=loop,
        )

    listening = await loop.create_server(connected, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Create a self-signed certificate for 127.0.0.1; return its file and the file of its key."""
    file, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(  # noqa: S603  # words of our own
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file),
        ],
        check=True,
        capture_output=True,
    )
    return file, key


@asynccontextmanager
async def school_with(mail: MailServer, **environ: str) -> AsyncIterator[Served]:
    """Run a Studyhall server that sends its mail to `mail`."""
    settings = {
        "STUDYHALL_SERVER_PUBLIC_URL": "https://study.example.org",
        "STUDYHALL_MAIL_HOST": "127.0.0.1",
        "STUDYHALL_MAIL_PORT": str(mail.port),
        "STUDYHALL_MAIL_ENCRYPTION": "none",
        "STUDYHALL_MAIL_SENDER": "hall@school.example",
    }
    async with served(
        environ=settings | {f"STUDYHALL_{name.upper()}": value for name, value in environ.items()}
    ) as school:
        yield school
