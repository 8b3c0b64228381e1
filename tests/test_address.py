"""Whose word counts on where a request comes from."""

import pytest

from handlers.address import client_address
from tests.served import served

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
        pytest.param("::1", "2001:db8::5", ["::1"], "2001:db8::5", id="IPv6"),
    ],
)
def test_only_trusted_proxies_are_believed(peer, forwarded, trusted, address):
    assert client_address(peer, forwarded, trusted) == address


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
