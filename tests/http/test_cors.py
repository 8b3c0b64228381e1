"""Pages on other hosts."""

import asyncio

import pytest

from tests.support.raw_sockets import PATH, RawPolling, engine, handled
from tests.support.served import served

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


EVERYWHERE = [
    ("GET", "/", {}, 200),
    ("GET", "/healthz", {}, 200),
    ("GET", "/api/auth/me", {}, 401),
    ("GET", "/api/nowhere", {}, 404),
    ("PATCH", "/api/auth/login", {}, 405),
    ("POST", "/api/auth/login", {}, 415),
    ("GET", "/assets/0/nothing.js", {}, 404),
    ("GET", f"{PATH}&transport=polling", {}, 200),
    ("GET", f"{PATH}&transport=pigeon", {}, 400),
    ("GET", f"{PATH}&transport=polling&sid=none", {}, 400),
    ("PUT", PATH, {}, 400),
    ("GET", "/socket.io/nothing", {}, 404),
    ("OPTIONS", "/api/auth/me", {}, 204),
    ("OPTIONS", f"{PATH}&transport=polling", {}, 200),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), EVERYWHERE)
async def test_every_answer_to_a_listed_page_can_be_read(school, method, path, headers, status):
    answer = await school.request(method, path, headers={"Origin": PAGE, **headers})
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"X-Request-Id", "Retry-After", "Allow", "Content-Disposition"}
    for origin in (None, OTHER):
        answer = await school.request(method, path, headers=headers | ({"Origin": origin} if origin else {}))
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"].split(", "), "else a shared cache would mix the two"


async def test_answers_under_load_can_be_read():
    environ = {
        "STUDYHALL_CORS_ORIGINS": PAGE,
        "STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "1",
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_SIGN_UPS": "1/hour",
    }
    async with served(environ=environ) as school:
        sessions = [await school.request("GET", f"{PATH}&transport=polling", headers={"Origin": PAGE}) for _ in "12"]
        assert [answer.status for answer in sessions] == [200, 429]
        assert sessions[1].headers["Access-Control-Allow-Origin"] == PAGE
        body = {"firstName": "P", "lastName": "Q", "email": "p@example.org", "password": "long enough to be one"}
        for status in (201, 429):
            answer = await school.request("POST", "/api/auth/register", body, headers={"Origin": PAGE})
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, PAGE)
        engine(school).eio.draining = True
        answer = await school.request("GET", f"{PATH}&transport=polling", headers={"Origin": PAGE})
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (503, PAGE)
        assert answer.body["message"].startswith("The server is going away")


async def test_refused_bodies_of_a_listed_page_can_be_read(school, monkeypatch):
    monkeypatch.setattr("handlers.request.BODY_TIMEOUT", 0)
    monkeypatch.setattr("socket_engine.polling.BODY_TIMEOUT", 0)

    async def post(path, headers):
        """Send the head of a request without its body, and return the status of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\nContent-Type: application/json\r\n{headers}"
        writer.write(f"{head}\r\n\r\n".encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.close()
        assert f"\r\nAccess-Control-Allow-Origin: {PAGE}\r\n" in answer
        return int(answer.split()[1])

    assert await post("/api/auth/login", "Content-Length: 70000") == 413
    assert await post("/api/auth/login", "Content-Length: 7") == 408
    assert await post("/api/auth/login", "Content-Length: 7\r\nExpect: more") == 417
    assert await post((await RawPolling.open(school)).path, "Content-Length: 7") == 408


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/auth/me/", "/nowhere", "/assets/0/x.js", "/socket.io/?EIO=4"])
async def test_preflight_of_any_path_is_answered(school, path):
    answer = await _preflight(school, PAGE, path, "PATCH")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    methods = {name.strip() for name in answer.headers["Access-Control-Allow-Methods"].split(",")}
    assert methods >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert answer.headers["Access-Control-Max-Age"] == "600"


async def test_preflight_allows_the_headers_that_the_page_asks_for(school):
    async def allowed(asked):
        headers = {"Origin": PAGE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": asked}
        answer = await school.request("OPTIONS", "/api/auth/me", headers=headers)
        return answer.headers["Access-Control-Allow-Headers"]

    assert await allowed("authorization,x-requested-with, sentry-trace") == (
        "authorization,x-requested-with, sentry-trace"
    )
    for none in ("", "a b", "a,,b", "<script>", "a;b", ", a"):
        assert await allowed(none) == "Authorization, Content-Type"


async def test_options_without_an_origin_says_what_a_route_takes(school):
    answer = await school.request("OPTIONS", "/api/auth/me")
    assert (answer.status, answer.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
    assert (await school.request("OPTIONS", "/api/nowhere")).status == 404
    own = {"Origin": school.url, "Access-Control-Request-Method": "GET"}
    assert (await school.request("OPTIONS", "/api/auth/me", headers=own)).status == 204


async def test_any_page_may_where_settings_say_so():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": "*"}) as school:
        for path in ("/healthz", "/api/nowhere", f"{PATH}&transport=polling"):
            answer = await school.request("GET", path, headers={"Origin": OTHER})
            assert answer.headers["Access-Control-Allow-Origin"] == OTHER
            assert "Origin" in answer.headers["Vary"]
        assert (await _preflight(school, OTHER)).status == 200


async def test_waiting_poll_can_be_read(school):
    client = await RawPolling.open(school)
    ada = await school.person()

    async def poll():
        return await school.request("GET", client.path, headers={"Origin": PAGE})

    waiting = asyncio.create_task(poll())
    await handled(school, client)
    await client.send(f'40/chat,{{"token":"{ada.token}"}}')
    answer = await waiting
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
