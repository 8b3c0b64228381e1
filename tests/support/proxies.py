"""Real proxies in front of a server, with the files of deploy/. Only paths, ports and certificate are replaced."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.missing import find_program
from tests.support.paths import ROOT
from tests.support.ports import lasting_port

DEPLOY = ROOT / "deploy"
PROXIES = ("nginx", "haproxy", "caddy")
STARTS_WITHIN = 20.0


class Proxy(NamedTuple):
    """A running proxy: its port for TLS, and the plain port that redirects to it."""

    name: str
    port: int
    plain_port: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


class Ports(NamedTuple):
    """Ports of the proxy and of the server, and the path below which browsers find the server."""

    tls: int
    plain: int
    server: int
    base: str = ""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Create a certificate for localhost; return its file and the file of its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    command = [
        find_program("openssl", "TLS of proxies"),
        "req",
        "-x509",
        *kind,
        *subject,
        "-out",
        certificate,
        "-keyout",
        key,
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # no input of others
    return certificate, key


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Return `text` with each pattern replaced; fail if one does not match."""
    for pattern, replacement in pairs:
        text, found = re.subn(pattern, lambda _, new=replacement: new, text, flags=re.MULTILINE)
        assert found, f"{pattern} is not in the file"
    return text


def nginx(text: str, folder: Path, ports: Ports, certificate: Path, key: Path) -> tuple[Path, list[str]]:
    """Write a configuration that contains the server blocks; return it with the arguments for nginx."""
    if not _knows_http2_on():  # as the file says
        text = replaced(text, (r"^    http2 on;\n", ""), (r"443 ssl;", "443 ssl http2;"))
    blocks = replaced(
        text,
        (r"^    listen 80;", f"    listen {ports.plain};"),
        (r"^    listen \[::\]:80;\n", ""),
        (r"^    listen 443 ", f"    listen {ports.tls} "),
        (r"^    listen \[::\]:443 .*\n", ""),
        (r"https://\$host\$request_uri", f"https://$host:{ports.tls}$request_uri"),
        (r"study\.example\.org;", "localhost;"),
        (r"/etc/letsencrypt/live/.*/fullchain\.pem", f"{certificate}"),
        (r"/etc/letsencrypt/live/.*/privkey\.pem", f"{key}"),
        (r"/var/log/nginx/studyhall\.log", f"{folder}/access.log"),
        (r"/var/log/nginx/studyhall-error\.log", f"{folder}/error.log"),
        (r"127\.0\.0\.1:5000", f"127.0.0.1:{ports.server}"),
    )
    if ports.base:  # with a path, proxy_pass replaces the location's prefix by it
        places = ("location /", " {"), ("location /socket.io", " {")
        for (place, end), passed in zip(places, ("/", "/socket.io"), strict=True):
            head, found, tail = blocks.partition(f"{place}{end}")
            assert found
            location = place.replace("location ", f"location {ports.base}")
            tail = tail.replace("proxy_pass http://studyhall;", f"proxy_pass http://studyhall{passed};", 1)
            blocks = f"{head}{location}{end}{tail}"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{\naccess_log {folder}/default.log;\n{temporary}\n{blocks}}}\n"
    )
    return file, ["-p", f"{folder}", "-e", "stderr", "-c"]


def _knows_http2_on() -> bool:
    """Return True if this machine's nginx is 1.25.1 or newer."""
    command = [find_program("nginx", "its file in deploy/"), "-v"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=STARTS_WITHIN)  # noqa: S603
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said.stderr)
    assert version, said.stderr
    return tuple(map(int, version.groups())) >= (1, 25, 1)


def haproxy(text: str, folder: Path, ports: Ports, certificate: Path, key: Path) -> tuple[Path, list[str]]:
    """Write the configuration; return it with the arguments for HAProxy."""
    both = folder / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    file = folder / "haproxy.cfg"
    file.write_text(
        replaced(
            text,
            (r"^    bind :::.*\n", ""),
            (r"bind :80$", f"bind 127.0.0.1:{ports.plain}"),
            (r"bind :443 ", f"bind 127.0.0.1:{ports.tls} "),
            (r"/etc/haproxy/study\.example\.org\.pem", f"{both}"),
            (r"field\(1,:\)\]%\[capture", f"field(1,:)]:{ports.tls}%[capture"),
            (r"log /dev/log local0", "log stdout format raw local0"),
            (r"127\.0\.0\.1:5000", f"127.0.0.1:{ports.server}"),
        )
    )
    return file, ["-db", "-f"]


def caddy(text: str, folder: Path, ports: Ports, certificate: Path, key: Path) -> tuple[Path, list[str]]:
    """Write the configuration; return it with the arguments for Caddy."""
    options = f"{{\n\tadmin off\n\thttp_port {ports.plain}\n\tskip_install_trust"
    file = folder / "Caddyfile"
    file.write_text(
        replaced(
            text,
            (r"^\{$", options),
            (r"^study\.example\.org \{", f"localhost:{ports.tls} {{\n\ttls {certificate} {key}"),
            (r"127\.0\.0\.1:5000", f"127.0.0.1:{ports.server}"),
        )
    )
    return file, ["run", "--adapter", "caddyfile", "--config"]


FILES = {"nginx": ("nginx.conf", nginx), "haproxy": ("haproxy.cfg", haproxy), "caddy": ("Caddyfile", caddy)}


@asynccontextmanager
async def started(name: str, folder: Path, server: int, *, port: int = 0, base: str = "") -> AsyncIterator[Proxy]:
    """Run a proxy in front of a server.

    Args:
        name: one of PROXIES.
        folder: folder for its files.
        server: port of the server.
        port: its port for TLS; 0 for a free one.
        base: path below which browsers find the server, and which the proxy removes; nginx only.
    """
    program = find_program(name, "its file in deploy/")
    ports = Ports(port or lasting_port(), lasting_port(), server, base)
    source, write = FILES[name]
    file, arguments = write((DEPLOY / source).read_text("utf-8"), folder, ports, *make_certificate(folder))
    environ = os.environ | {"HOME": f"{folder}", "XDG_DATA_HOME": f"{folder}", "XDG_CONFIG_HOME": f"{folder}"}
    log = (folder / "log").open("w")
    process = await asyncio.create_subprocess_exec(program, *arguments, file, stdout=log, stderr=log, env=environ)
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            for one in (ports.tls, ports.plain):
                while not await _listens(one):
                    assert process.returncode is None, (folder / "log").read_text()
                    await asyncio.sleep(0.02)
        yield Proxy(name, ports.tls, ports.plain)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        log.close()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
