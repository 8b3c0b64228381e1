"""An SMTP server in this process, which keeps what it is given."""

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
    """What arrived, and how.

    Attributes:
        port: where it listens.
        go: while it is not set, nothing that arrives is answered.
        asked: set when the first mail is being handed over.
        left: set when a client has closed its connection.
        refusal: what is answered instead of taking the text of a mail.
        answers: what is answered instead of taking a mail for a recipient.
        verifications: mails that verify an address, which every new account gets. They count for nothing else here.
        dropped: recipients at whom the connection is lost without an answer.
        tried: recipients that a mail was offered for, also in vain.
        broken: answers with a failure instead of taking a mail.
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
    """Run one on a free port of 127.0.0.1, with STARTTLS where there is a context, and demanding a login."""
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
    """Make a certificate for 127.0.0.1 that signs itself, and return its file and its key's."""
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
    """Give a server of ours that sends its mail there."""
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
