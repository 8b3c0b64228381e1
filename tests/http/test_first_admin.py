"""The link for the first admin: printed at the start of a server that has none, used once."""

import asyncio
import re

import aiohttp
import pytest

import config
import server
from domain.errors.accounts import EmailTaken, InvalidAdminLink, UserNotFound
from domain.errors.storage import StorageUnavailable
from tests.support.factories import new_user
from tests.support.process import SECRET, started
from tests.support.served import PASSWORD, served

LINK = re.compile(r"^    (http://localhost:\d+/first-admin#([\w-]{43}))$")
NEW = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@other.example", "password": PASSWORD}
CLOSED = {"STUDYHALL_ACCOUNTS_REGISTRATION": "closed", "STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS": "school.example"}


async def offered(school):
    """Return the token of a new link."""
    link = await school.services.first_admin.offer_link("https://study.example.org")
    assert link.startswith("https://study.example.org/first-admin#")
    return link.partition("#")[2]


async def register(school, token, **fields):
    return await school.request("POST", "/api/auth/register", {**NEW, "adminToken": token, **fields})


async def test_register_with_the_link_makes_an_admin_though_registration_is_closed():
    async with served(environ=CLOSED) as school:
        token = await offered(school)
        made = await register(school, token)
        assert (made.status, made.body["user"]["role"]) == (201, "admin")
        assert (await school.request("GET", "/api/users", token=made.body["token"])).status == 200
        again = await register(school, token, email="ben@school.example")
        assert (again.status, again.body["code"]) == (403, "invalid_admin_link")
        assert await school.services.first_admin.offer_link("https://study.example.org") is None


async def test_register_with_another_token_is_refused_whatever_the_rules():
    async with served() as school:
        for token in ("x" * 43, (await offered(school))[:-1]):
            refused = await register(school, token)
            assert (refused.status, refused.body["code"]) == (403, "invalid_admin_link")
        assert (await register(school, "")).status == 422


async def test_a_new_link_makes_the_earlier_one_void():
    async with served() as school:
        earlier, token = await offered(school), await offered(school)
        assert (await register(school, earlier)).body["code"] == "invalid_admin_link"
        assert (await register(school, token)).status == 201


async def test_a_refused_registration_leaves_the_link_good():
    async with served() as school:
        token = await offered(school)
        await school.person("Ben")
        assert (await register(school, token, email="ben.okafor@example.org")).body["code"] == "email_taken"
        assert (await register(school, token, password="password1234")).status == 422
        assert (await register(school, token)).body["user"]["role"] == "admin"


async def test_a_user_who_is_signed_in_takes_the_role_and_hears_of_it():
    async with served() as school:
        ada, ben, token = await school.person(), await school.person("Ben"), await offered(school)
        personal = await ada.personal()
        taken = await ada.post("/api/auth/first-admin", {"token": token})
        assert (taken.data["id"], taken.data["role"]) == (ada.id, "admin")
        assert (await personal.hears("user-updated"))["user"]["id"] == ada.id
        assert (await ada.get("/api/dashboard/admin")).status == 200
        late = await ben.post("/api/auth/first-admin", {"token": token})
        assert (late.status, late.body["code"]) == (403, "invalid_admin_link")
        assert (await ben.get("/api/users")).status == 403


async def test_of_twenty_with_one_link_one_becomes_admin():
    async with served() as school:
        token = await offered(school)
        answers = await asyncio.gather(*(register(school, token, email=f"{n}@school.example") for n in range(20)))
        assert sorted(answer.status for answer in answers) == [201] + [403] * 19
        assert len(await school.storage.users(limit=50)) == 1


# Storages


async def test_of_many_first_admins_at_once_one_is_stored(storage):
    people = [new_user(f"Person {number}", email=f"{number}@example.org", role="admin") for number in range(8)]
    known = new_user("Known", email="known@example.org")
    await storage.add_user(known, "hash")
    assert not await storage.has_admin()
    adding = [storage.add_first_admin(person, "hash") for person in people]
    results = await asyncio.gather(storage.make_first_admin(known.id), *adding, return_exceptions=True)
    assert sum(isinstance(result, InvalidAdminLink) for result in results) == len(people)
    admins = [user for user in await storage.users(limit=50) if user.role == "admin"]
    assert len(admins) == 1
    assert await storage.has_admin()


async def test_a_first_admin_is_stored_again_as_before_and_not_beside_another_email(storage):
    ada, ben = new_user("Ada", email="ada@example.org", role="admin"), new_user("Ben", email="ben@example.org")
    await storage.add_user(ben, "hash")
    with pytest.raises(EmailTaken):
        await storage.add_first_admin(new_user("Other", email="ben@example.org", role="admin"), "hash")
    for _ in range(2):
        await storage.add_first_admin(ada, "hash")
    assert (await storage.account(ada.id)).user.is_admin
    assert (await storage.make_first_admin(ada.id)).is_admin
    with pytest.raises(InvalidAdminLink):
        await storage.make_first_admin(ben.id)


async def test_no_user_who_is_gone_or_disabled_becomes_first_admin(storage):
    ada, ben = new_user("Ada", email="ada@example.org"), new_user("Ben", email="ben@example.org", role="admin")
    for user in (ada, ben):
        await storage.add_user(user, "hash")
    await storage.set_access(ada.id, disabled=True)
    await storage.delete_user(ben.id)
    assert not await storage.has_admin()
    for user in (ada, ben):
        with pytest.raises(UserNotFound):
            await storage.make_first_admin(user.id)
    assert (await storage.user(ada.id)).role == "student"


# The process


@pytest.mark.processes
async def test_start_without_admin_prints_a_link_and_with_one_none(tmp_path):
    storage, environ = f"sqlite:///{tmp_path / 'studyhall.db'}", {"STUDYHALL_AUTH_SECRET": SECRET} | CLOSED
    async with started("--port", 0, "--storage", storage, environ=environ) as server, aiohttp.ClientSession() as http:
        port = await server.port()
        link, token = (await server.says(LINK)).groups()
        assert link.startswith(f"http://localhost:{port}/")
        body = {**NEW, "adminToken": token}
        async with http.post(f"http://127.0.0.1:{port}/api/auth/register", json=body) as answer:
            assert (answer.status, (await answer.json())["user"]["role"]) == (201, "admin")
        left = await server.stop()
    assert [line for line in left.said if token in line] == [f"    {link}"]
    assert left.errors == []
    async with started("--port", 0, "--storage", storage, environ=environ) as server:
        await server.says("Open http")
        left = await server.stop()
    assert not re.search("/first-admin#", "\n".join(left.said))


@pytest.mark.processes
async def test_start_with_a_json_log_keeps_the_link_out_of_it(tmp_path):
    environ = {"STUDYHALL_AUTH_SECRET": SECRET, "STUDYHALL_SERVER_LOG_FORMAT": "json"}
    environ["STUDYHALL_SERVER_PUBLIC_URL"] = "https://study.example.org/hall/"
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        await server.says("Open ")
        while not server.errors:
            await asyncio.sleep(0.01)
        left = await server.stop()
    assert all(line.startswith("{") and "first-admin" not in line for line in left.said)
    [line] = left.errors
    assert re.search(r" https://study\.example\.org/hall/first-admin#[\w-]{43}$", line)


@pytest.mark.processes
async def test_demo_prints_no_link():
    async with started(
        "--port", 0, "--storage", "memory://", "--demo", environ={"STUDYHALL_AUTH_SECRET": SECRET}
    ) as server:
        await server.says("chiara@studyhall.example")
        left = await server.stop()
    assert not re.search("first-admin", "\n".join(left.said))


async def test_start_goes_on_if_the_storage_fails_once_it_listens(monkeypatch, caplog):
    async with served() as school:
        monkeypatch.setattr(type(school.services.first_admin), "offer_link", _unavailable)
        await server._offer_first_admin(school.app, school.runner, config.load(None, {}, {}))
    assert "cannot tell whether there is an admin" in caplog.text


async def _unavailable(*_):
    raise StorageUnavailable
