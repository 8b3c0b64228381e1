"""Pages on other hosts."""

import pytest

from tests.served import served

PAGE, OTHER = "https://study.example.org", "https://evil.example.org"


@pytest.fixture
async def school():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": PAGE}) as running:
        yield running


async def _preflight(school, origin, path="/api/study-rooms", method="POST"):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    return await school.request("OPTIONS", path, headers=headers)


async def test_a_listed_page_may_ask(school):
    for path, method in (("/api/study-rooms", "POST"), ("/api/auth/me", "DELETE"), ("/api/study-rooms/x", "PUT")):
        answer = await _preflight(school, PAGE, path, method)
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")} == {
            "authorization",
            "content-type",
        }


async def test_a_listed_page_may_read_answers_and_errors(school):
    for path in ("/healthz", "/api/auth/me"):
        answer = await school.request("GET", path, headers={"Origin": PAGE})
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"].lower()


async def test_another_page_may_not(school):
    assert (await _preflight(school, OTHER)).status == 403
    answer = await school.request("GET", "/healthz", headers={"Origin": OTHER})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_without_origins_no_page_elsewhere_may():
    async with served() as school:
        answer = await school.request("GET", "/healthz", headers={"Origin": PAGE})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert (await _preflight(school, PAGE)).status == 403
