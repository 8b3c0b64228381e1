"""Addresses that the server listens on: both families, one port, and a line of the log that can be clicked."""

import asyncio
import errno
import socket

import aiohttp
import pytest

from domain.errors.settings import SettingsError
from runtime import listening
from tests.support.process import ended, started
from tests.support.served import PASSWORD

V4, V6 = "127.0.0.1", "[::1]"


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def answering(http, port):
    """Return the addresses of this machine at which /healthz is answered."""
    found = []
    for host in (V4, V6):
        try:
            async with http.get(f"http://{host}:{port}/healthz") as answer:
                assert answer.status == 200
                found.append(host)
        except aiohttp.ClientConnectorError:
            pass
    return found


@pytest.mark.processes
@ipv6
@pytest.mark.parametrize(
    ("host", "answers", "named"),
    [
        (None, [V4, V6], "localhost"),
        ("*", [V4, V6], "localhost"),
        ("::", [V4, V6], "localhost"),
        ("0.0.0.0", [V4], "localhost"),
        ("localhost", [V4, V6], "localhost"),
        ("127.0.0.1", [V4], "127.0.0.1"),
        ("::1", [V6], "[::1]"),
        ("[::1]", [V6], "[::1]"),
        ("[::]", [V4, V6], "localhost"),
    ],
)
async def test_host_is_answered_in_its_families(http, host, answers, named):
    environ = {"STUDYHALL_SERVER_HOST": host} if host else {}
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        port = await server.port()
        await server.says(rf"Open http://{named.replace('[', '.').replace(']', '.')}:{port} in a browser$")
        assert await answering(http, port) == answers
        await server.stop()


@pytest.mark.processes
async def test_public_url_is_named_beside_what_listens():
    environ = {"STUDYHALL_SERVER_PUBLIC_URL": "https://study.example.org", "STUDYHALL_SERVER_HOST": "127.0.0.1"}
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        port = await server.port()
        await server.says(
            f"Open https://study.example.org in a browser; it listens at http://127.0.0.1:{port}$",
        )
        await server.stop()


@pytest.mark.processes
@ipv6
async def test_client_has_the_same_address_in_sessions_through_any_socket(http):
    """An IPv4 client is not shown by an address of IPv6."""
    async with started("--port", 0, "--storage", "memory://", environ={"STUDYHALL_SERVER_HOST": "::"}) as server:
        port = await server.port()
        body = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
        await http.post(f"http://{V4}:{port}/api/auth/register", json=body)
        await http.post(f"http://{V6}:{port}/api/auth/login", json=body)
        left = await server.stop()
    lines = [line for line in left.said if "studyhall.security" in line]
    assert [line.split("address=")[1].split()[0] for line in lines[:2]] == ["127.0.0.1", "::1"]


async def test_port_in_use_in_one_family_is_refused():
    for host, taken in (("*", V4), ("*", "::1"), ("localhost", "::1")):
        family = socket.AF_INET6 if ":" in taken else socket.AF_INET
        with socket.create_server((taken, 0), family=family) as other:
            port = other.getsockname()[1]
            with pytest.raises(SettingsError, match=rf"cannot listen on .*:{port}: address already in use"):
                await listening.bind_sockets(host, port)


@pytest.mark.parametrize("missing", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
@pytest.mark.parametrize("host", ["*", "::", "localhost"])
async def test_machine_without_ipv6_listens_on_ipv4(monkeypatch, host, missing):
    real = listening._bind_one

    def bind(place, port):
        if place.family == socket.AF_INET6:
            raise OSError(missing, "no such family")
        return real(place, port)

    monkeypatch.setattr(listening, "_bind_one", bind)
    [found] = await listening.bind_sockets(host, 0)
    with found:
        assert found.family == socket.AF_INET


@pytest.mark.processes
async def test_address_that_is_not_here_is_refused_in_one_line():
    hosts = {"2001:db8::1": "[2001:db8::1]", "192.0.2.1": "192.0.2.1", "no-such-host.invalid": "no-such-host.invalid"}
    left = await asyncio.gather(
        *(ended("--storage", "memory://", environ={"STUDYHALL_SERVER_HOST": host}) for host in hosts)
    )
    for one, named in zip(left, hosts.values(), strict=True):
        assert (one.code, one.said, len(one.errors)) == (1, [], 1)
        assert f"cannot listen on {named}:5000: " in one.errors[0]
