"""Security log: one line for each sign-in, rejection and violation of a rule, with the user and address."""

import logging

import pytest

from tests.support.served import PASSWORD, served


@pytest.fixture
def events(caplog):
    """A function that returns events of the security log since the last call, by name, with their fields."""
    caplog.set_level(logging.INFO, "studyhall.security")

    def taken():
        found = [(made.getMessage(), dict(made.fields)) for made in caplog.records if made.name == "studyhall.security"]
        caplog.clear()
        return found

    return taken


async def test_what_concerns_security_is_written_down(events):
    async with served() as school:
        ada = await school.person()
        credentials = {"email": ada.user["email"], "password": PASSWORD}
        [(name, fields)] = events()
        assert (name, fields["user"], fields["address"]) == ("signed_up", ada.id, "127.0.0.1")
        assert fields["request"]

        async def happens(*expected, who=ada.id):
            found = events()
            assert [name for name, _ in found] == list(expected), found
            assert [fields.get("user") for _, fields in found] == [who] * len(expected)
            assert all(fields["address"] == "127.0.0.1" for _, fields in found)
            assert all(fields["request"] for name, fields in found if name not in {"forbidden", "rate_limited"})

        answer = await school.request("POST", "/api/auth/login", credentials)
        await happens("signed_in")
        await school.request("POST", "/api/auth/login", credentials | {"password": "wrong"})
        await happens("sign_in_failed")
        await school.request("POST", "/api/auth/login", {"email": "nobody@example.org", "password": "wrong"})
        await happens("sign_in_failed", who=None)
        used = {"refreshToken": answer.body["refreshToken"]}
        renewed = await school.request("POST", "/api/auth/refresh", used)
        await school.request("POST", "/api/auth/refresh", {"refreshToken": renewed.body["refreshToken"]})
        assert events() == []
        await school.request("POST", "/api/auth/refresh", used)
        await happens("refresh_token_reused")
        await ada.put("/api/auth/password", {"currentPassword": "wrong", "newPassword": PASSWORD})
        await happens("sign_in_failed", "forbidden")
        await ada.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another password"})
        await happens("password_changed", "sessions_ended")
        await school.request("POST", "/api/auth/reset-password", {"token": "x" * 43, "newPassword": PASSWORD})
        await happens("forbidden", who=None)
        await ada.post("/api/auth/logout")
        await happens("session_ended")


async def test_so_is_who_is_refused(events):
    limits = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_ROOMS": "1/hour",
        "STUDYHALL_LIMITS_MESSAGES": "1/hour",
    }
    async with served(environ=limits) as school:
        ada, bob, cleo = await school.person(), await school.person("Bob"), await school.person("Cleo")
        room = await ada.opens()
        await cleo.joins(room)
        await ada.put(f"/api/study-rooms/{room}", {"visibility": "private"})
        events()
        for _ in range(3):
            await cleo.delete(f"/api/study-rooms/{room}")
            await bob.get(f"/api/study-rooms/{room}")
            await bob.get(f"/api/study-rooms/{ada.id}")
            await ada.post("/api/study-rooms", {"name": "another"})
        chat = await cleo.chat(room)
        for _ in range(3):
            await chat.call("send-message", {"roomId": room, "content": "hello"})
        with pytest.raises(Exception, match="failed to connect"):
            await (await bob_with_a_bad_token(bob)).chat()
        found = events()
        assert [(name, fields["code"], fields.get("user")) for name, fields in found] == [
            ("forbidden", "forbidden", cleo.id),
            ("forbidden", "room_not_found", bob.id),
            ("rate_limited", "rate_limited", ada.id),
            ("rate_limited", "rate_limited", cleo.id),
            ("token_rejected", "token_invalid", None),
        ]
        assert {fields["address"] for _, fields in found} == {"127.0.0.1"}


async def test_so_is_what_obeys_no_rule_by_the_names_of_its_fields_alone(events):
    async with served() as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)
        events()
        for _ in range(3):
            await ada.post("/api/study-rooms", {"name": "", "capacity": "canary", "unknown": "canary"})
            await school.request("POST", "/api/auth/login", {"email": "canary", "password": "canary"})
            await ada.get(f"/api/study-rooms/{room}/messages?limit=canary")
            await ada.post("/api/study-rooms", data=b"{canary", headers={"Content-Type": "application/json"})
            await ada.post("/api/study-rooms", data=b"canary", headers={"Content-Type": "text/plain"})
            await ada.post("/api/study-rooms", {"name": "canary" * 20_000})
            await chat.call("send-message", {"roomId": room, "content": "\0canary"})
            await chat.call("canary", {})
        found = events()
        assert [
            (name, fields["operation"], fields["code"], fields.get("fields"), fields.get("user"))
            for name, fields in found
        ] == [
            ("bad_input", "POST /api/study-rooms", "invalid_input", "name,capacity", ada.id),
            ("bad_input", "POST /api/auth/login", "invalid_input", "email", None),
            ("bad_input", "GET /api/study-rooms/{id}/messages", "invalid_input", "limit", ada.id),
            ("bad_input", "POST /api/study-rooms", "invalid_json", None, ada.id),
            ("bad_input", "POST /api/study-rooms", "unsupported_media_type", None, ada.id),
            ("bad_input", "POST /api/study-rooms", "payload_too_large", None, ada.id),
            ("bad_input", "send-message", "invalid_input", "content", ada.id),
        ]
        assert "canary" not in str(found)


async def test_no_name_that_a_client_gives_a_field_gets_past_the_once_a_minute(events):
    async with served() as school:
        ada = await school.person()
        chat = await ada.chat()
        events()
        for number in range(5):
            name = f"canary{number}" * 1000
            for odd in (
                '"\\ud800": 1, "NAME": "\\ud800"',
                '"\\ud800": "\\ud800"',
                '"NAME": "\\ud800", "email": "\\ud800", "password": "x", "\\ud800": 1',
            ):
                body = f"{{{odd.replace('NAME', name)}}}".encode()
                answer = await ada.post("/api/auth/login", data=body, headers={"Content-Type": "application/json"})
                assert answer.status == 422
                assert "canary" not in str(answer.body)
            await chat.call("send-message", {"\ud800": 1, name: "\ud800"})
            await ada.get(f"/api/study-rooms?{name}=%ED%A0%80&limit=x")
        found = [(fields["operation"], fields.get("fields")) for _, fields in events()]
        assert found == [
            ("POST /api/auth/login", "email,password"),
            ("POST /api/auth/login", "email"),
            ("send-message", "roomId,content"),
            ("GET /api/study-rooms", "limit"),
        ]


async def bob_with_a_bad_token(bob):
    bob.token = "x.y.z"
    return bob
