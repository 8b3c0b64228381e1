"""Client addresses: trust in forwarded headers."""

import pytest

from handlers.client_address import client_address
from tests.support.served import served

PROXY, INNER, CLIENT, LIE = "127.0.0.1", "10.0.0.7", "203.0.113.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        pytest.param(CLIENT, "", [PROXY], CLIENT, id="no proxy"),
        pytest.param(CLIENT, LIE, [PROXY], CLIENT, id="a client that forwards itself"),
        pytest.param(PROXY, CLIENT, [], PROXY, id="a proxy that nobody trusts"),
        pytest.param(PROXY, CLIENT, [PROXY], CLIENT, id="a trusted proxy"),
        pytest.param(PROXY, f"{LIE}, {CLIENT}", [PROXY], CLIENT, id="a lie in front of the truth"),
        pytest.param(PROXY, f"{LIE}, {CLIENT}, {INNER}", [PROXY, "10.0.0.0/8"], CLIENT, id="two proxies"),
        pytest.param(PROXY, "nonsense", [PROXY], PROXY, id="no address"),
        pytest.param(PROXY, "", [PROXY], PROXY, id="a proxy that says nothing"),
        pytest.param("", CLIENT, [PROXY], "", id="no peer"),
        pytest.param(PROXY, f"{CLIENT}:4711", [PROXY], CLIENT, id="an address with a port"),
        pytest.param(PROXY, f"{LIE}:1, {CLIENT}:4711", [PROXY], CLIENT, id="a lie with a port"),
        pytest.param(PROXY, f"{CLIENT}:4711, {INNER}:80", [PROXY, "10.0.0.0/8"], CLIENT, id="two proxies with ports"),
        pytest.param(PROXY, "[2001:DB8::5]:4711", [PROXY], "2001:db8::5", id="IPv6 with a port"),
        pytest.param(PROXY, "[2001:db8::5]", [PROXY], "2001:db8::5", id="IPv6 in brackets"),
        pytest.param(PROXY, f"{CLIENT}:x", [PROXY], PROXY, id="an address with something else"),
        pytest.param(PROXY, f"{CLIENT}:123456", [PROXY], PROXY, id="an address with no port"),
        pytest.param(PROXY, f"[{CLIENT}:1", [PROXY], PROXY, id="a bracket that is not closed"),
        pytest.param(PROXY, f"{CLIENT},", [PROXY], PROXY, id="nothing behind a comma"),
        pytest.param(PROXY, f"{LIE},nonsense", [PROXY], PROXY, id="garbage behind a lie"),
        pytest.param(PROXY, f"nonsense, {CLIENT}", [PROXY], CLIENT, id="garbage in front of the truth"),
        pytest.param(PROXY, f"  {CLIENT}\t", [PROXY], CLIENT, id="blanks"),
        pytest.param(PROXY, PROXY, [PROXY], PROXY, id="the proxy itself"),
        pytest.param(PROXY, f"{LIE}, {PROXY}, {CLIENT}", [PROXY], CLIENT, id="a client that claims to be the proxy"),
        pytest.param(PROXY, "3232235777", [PROXY], PROXY, id="an address as a number"),
        pytest.param(PROXY, "0x7f.1", [PROXY], PROXY, id="an address in parts"),
        pytest.param(PROXY, "127.0.0.1\r\nX: y", [PROXY], PROXY, id="a line break"),
        pytest.param(PROXY, "1" * 8000, [PROXY], PROXY, id="8,000 digits"),
        pytest.param(PROXY, ", ".join([PROXY] * 500), [PROXY], PROXY, id="500 proxies"),
        pytest.param("::ffff:127.0.0.1", CLIENT, [PROXY], CLIENT, id="a proxy mapped into IPv6"),
        pytest.param(PROXY, f"::ffff:{CLIENT}", [PROXY], CLIENT, id="a client mapped into IPv6"),
        pytest.param(PROXY, "2001:DB8:0:0::0005", [PROXY], "2001:db8::5", id="another spelling"),
        pytest.param("::1", "2001:db8::5", ["::1"], "2001:db8::5", id="IPv6"),
        pytest.param(INNER, CLIENT, ["::ffff:10.0.0.0/104"], CLIENT, id="a network mapped into IPv6"),
        pytest.param(PROXY, CLIENT, ["::ffff:127.0.0.1"], CLIENT, id="an address mapped into IPv6"),
        pytest.param("::1", CLIENT, [PROXY], CLIENT, id="this machine over IPv6"),
        pytest.param("::ffff:127.0.0.1", CLIENT, ["::1"], CLIENT, id="this machine over IPv4"),
        pytest.param("::1", CLIENT, ["10.0.0.0/8"], "::1", id="this machine where another is trusted"),
    ],
)
def test_only_trusted_proxies_are_believed(peer, forwarded, trusted, address):
    assert client_address(peer, forwarded, tuple(trusted)) == address


async def test_a_limit_per_address_counts_what_a_trusted_proxy_forwards():
    environ = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_SIGN_UPS": "1/hour",
        "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    }
    async with served(environ=environ) as school:

        async def register(number, address):
            body = {
                "firstName": "P",
                "lastName": "Q",
                "email": f"p{number}@example.org",
                "password": "long enough to be one",
            }
            headers = {"X-Forwarded-For": address}
            return (await school.request("POST", "/api/auth/register", body, headers=headers)).status

        assert [await register(1, CLIENT), await register(2, CLIENT), await register(3, LIE)] == [201, 429, 201]


async def test_who_forwards_themselves_gains_nothing():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_UPS": "1/hour"}
    async with served(environ=environ) as school:
        lies = [
            {},
            {"X-Forwarded-For": LIE},
            {"X-Forwarded-For": "127.0.0.1, 10.0.0.1"},
            {"X-Real-IP": LIE},
            {"Forwarded": f"for={LIE}"},
            {"True-Client-IP": LIE, "CF-Connecting-IP": LIE},
            {"X-Client-IP": LIE, "X-Forwarded-Host": LIE},
        ]
        body = {"firstName": "P", "lastName": "Q", "password": "long enough to be one"}
        statuses = [
            (
                await school.request(
                    "POST", "/api/auth/register", body | {"email": f"p{number}@example.org"}, headers=lie
                )
            ).status
            for number, lie in enumerate(lies)
        ]
        assert statuses == [201] + [429] * (len(lies) - 1)


async def test_of_several_headers_the_last_counts():
    environ = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_SIGN_UPS": "1/hour",
        "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    }
    async with served(environ=environ) as school:
        body = {"firstName": "P", "lastName": "Q", "password": "long enough to be one"}
        statuses = []
        for number, lie in enumerate((LIE, "192.0.2.1", "192.0.2.2")):  # the client's header, and the proxy's behind it
            headers = [("X-Forwarded-For", lie), ("X-Forwarded-For", CLIENT)]
            named = body | {"email": f"p{number}@example.org"}
            async with school.http.post(school.url + "/api/auth/register", json=named, headers=headers) as answer:
                statuses.append(answer.status)
        assert statuses == [201, 429, 429]
