"""Origins that are the server's own, with and without a proxy."""

import pytest

from runtime.origins import Origins
from tests.support.raw_sockets import PATH
from tests.support.served import served

PUBLIC = "https://study.example.org"


@pytest.mark.parametrize(
    ("origin", "hosts", "public_url", "is_own"),
    [
        ("https://study.example.org", ["study.example.org"], "", True),
        ("https://study.example.org:8443", ["study.example.org:8443"], "", True),
        ("https://study.example.org:8443", ["study.example.org"], "", False),
        ("https://study.example.org", ["study.example.org:8443"], "", False),
        ("https://study.example.org", ["study.example.org:443"], "", True),
        ("http://study.example.org", ["study.example.org:80"], "", True),
        ("http://study.example.org", ["study.example.org:443"], "", False),
        ("https://study.example.org", ["STUDY.example.org"], "", True),
        ("http://[::1]:5000", ["[::1]:5000"], "", True),
        ("https://study.example.org", ["127.0.0.1:5000"], PUBLIC, True),
        ("https://study.example.org", [], PUBLIC, True),
        ("https://school.example", [], "https://school.example/study/", True),
        ("https://study.example.org", [], "https://STUDY.example.org:443", True),
        ("http://study.example.org", ["127.0.0.1:5000"], PUBLIC, False),
        ("https://study.example.org.evil.example", [], PUBLIC, False),
        ("null", ["null"], "", False),
        ("", [""], "", False),
        ("https://", [""], "", False),
        ("://", [""], "", False),
        ("ftp://study.example.org", ["study.example.org"], "", False),
        ("https://study.example.org/", ["study.example.org"], "", False),
    ],
)
def test_own_origin_is_that_of_the_host_or_the_public_url(origin, hosts, public_url, is_own):
    assert Origins([], public_url).is_own(origin, hosts) is is_own


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {"X-Forwarded-Host": "study.example.org"}, 400),
        ({"TRUSTED_PROXIES": "10.0.0.1"}, {"X-Forwarded-Host": "study.example.org"}, 400),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": "study.example.org"}, 200),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": "a.example, study.example.org"}, 200),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": "study.example.org, a.example"}, 400),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": "study.example.org:8443"}, 400),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": ""}, 400),
        ({"PUBLIC_URL": PUBLIC}, {}, 200),
        ({"PUBLIC_URL": PUBLIC.replace("study", "Study")}, {}, 200),
        ({"PUBLIC_URL": "https://other.example.org"}, {}, 400),
    ],
)
async def test_proxy_that_replaces_the_host_is_no_obstacle(settings, headers, status):
    async with served(environ={f"STUDYHALL_SERVER_{name}": value for name, value in settings.items()}) as school:
        answer = await school.request("GET", f"{PATH}&transport=polling", headers={"Origin": PUBLIC, **headers})
        assert answer.status == status
