"""Hooks of Schemathesis: its user and existing ids. Schemathesis imports this module by name (test_schemathesis).

Half of all generated ids are replaced by ids that exist; the others stay, so that missing resources are requested,
too. Routes that end a session or a room get one of their own.
"""

import itertools
import os
from collections.abc import Mapping
from typing import Any

import requests
import schemathesis

from text import identifiers

URL = os.environ["STUDYHALL_TRIED_URL"]
PASSWORD = "correct horse battery"
BEGINNING = ("/api/auth/register", "/api/auth/login")
ENDING = ("/api/auth/logout", "/api/auth/me", "/api/auth/password", "/api/auth/sessions", "/api/auth/sessions/{id}")

_numbers = itertools.count(os.getpid() * 1000)


class Person:
    """A user with an account and a room with another member."""

    def __init__(self) -> None:
        names = {"firstName": "Ada", "lastName": "Okafor", "email": f"ada{next(_numbers)}@example.org"}
        signed_in = requests.post(f"{URL}/api/auth/register", json={**names, "password": PASSWORD}, timeout=10).json()
        self.token = signed_in["token"]
        self.id = signed_in["user"]["id"]

    def opens(self) -> str:
        """Create a room and return its id."""
        return self.asks("POST", "/api/study-rooms", {"name": "Calculus"})["data"]["id"]

    def invites(self) -> tuple[str, str]:
        """Create an invitation to a new room, because the number per room is limited; return the ids of both."""
        room = self.opens()
        return room, self.asks("POST", f"/api/study-rooms/{room}/invites", {})["data"]["id"]

    def asks(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request and return the answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, URL + path, json=body, headers=headers, timeout=10).json()


ada, ben = Person(), Person()
room = ada.opens()


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Authenticates requests."""

    def get(self, case: schemathesis.Case, _: schemathesis.AuthContext) -> str:
        """Return a token. Routes that end sessions, or start one and so replace it, get a token of their own."""
        is_lost = case.operation.path in (*BEGINNING, *ENDING) and case.method != "GET"
        return Person().token if is_lost else ada.token

    def set(self, case: schemathesis.Case, data: str, _: schemathesis.AuthContext) -> None:
        """Add the token to the request."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Replace half of the generated ids by ids that exist."""
    parameters = case.path_parameters or {}
    is_invited = False
    for name, value in list(parameters.items()):
        found = identifiers.normalise_uuid(str(value))
        if found is None or int(found[-1], 16) % 2:
            continue
        if name == "id" and case.operation.path.startswith("/api/study-rooms/"):
            is_lost = case.operation.path == "/api/study-rooms/{id}" and case.method == "DELETE"
            parameters[name] = ada.opens() if is_lost else room
        elif name == "userId":
            ben.asks("POST", f"/api/study-rooms/{room}/join")
            parameters[name] = ben.id
        elif name == "inviteId":
            is_invited = True
    if is_invited:  # at the end, whatever came first: the id must be of the same room
        parameters["id"], parameters["inviteId"] = ada.invites()
