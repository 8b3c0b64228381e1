"""Requests of the bad-input matrix: the cells that follow from the rows of routes, fields and queries."""

import gzip
import re
import zlib
from collections.abc import Iterator

from domain.base import Payload
from tests.cases.bad_input import FIELDS, QUERIES, QUERY_COMBINATIONS, ROUTES, SPECIAL
from tests.cases.protocol import AUTHORIZATIONS, CONTENT_TYPES, METHODS, NO_ROUTES
from tests.support.bad_ids import PATH_IDS
from tests.support.bad_input import JSON, ROOM_PATH, Cell, Route, json_object, outcome_of, with_value
from tests.support.bad_values import quoted
from tests.support.outcomes import (
    ACCEPTED,
    DIGITS,
    FORBIDDEN,
    INVALID,
    LIMIT,
    METHOD_NOT_ALLOWED,
    NO_JSON,
    NOT_SIGNED_IN,
    OWNER_CANNOT_LEAVE,
    ROOM_NOT_FOUND,
    ROUTE_NOT_FOUND,
    TOO_LARGE,
    UNKNOWN,
    WRONG_TYPE,
    Accepted,
    Outcome,
    Refused,
    invalid,
)


def cells(method: str, path: str) -> list[Cell]:
    """Return all cells of a route."""
    route = ROUTES[method, path]
    base = json_object(route.base) if route.body else None
    plain = Cell(
        "", ACCEPTED, method, path.replace("<room>", f"<{route.room}>"), base, {"Content-Type": JSON} if base else {},
        route.caller, status=route.status,
    )  # fmt: skip
    found = [plain._replace(name=name, **changes) for name, changes in _variants(route, plain)]
    if route.body:
        found += _field_cells(route, plain)
        found += [plain._replace(name=name, **changes) for name, changes in _body_variants(route, base or b"")]
    if route.query:
        found += _query_cells(route.query, plain)
    return found + [cell for cell in SPECIAL if (cell.method, cell.path) == (method, plain.path)]


def _field_cells(route: Route, plain: Cell) -> Iterator[Cell]:
    for field, values in FIELDS[route.body or Payload].items():
        for value in values:
            outcome = outcome_of(value, field)
            if value.raw is None and field not in route.base and isinstance(outcome, Accepted):
                continue  # the base lacks it anyway
            yield plain._replace(
                name=f"{field} = {value.name}", outcome=outcome, body=with_value(route.base, field, value), field=field
            )


def _query_cells(query: type[Payload], plain: Cell) -> Iterator[Cell]:
    for field, values in QUERIES[query].items():
        for value in values:
            path = f"{plain.path}?{field}={(value.raw or b'').decode()}"
            yield plain._replace(name=f"?{field}={value.name}", outcome=outcome_of(value, field), path=path)
    for combination, outcome in QUERY_COMBINATIONS[query].items():
        yield plain._replace(name=f"?{combination}", outcome=outcome, path=f"{plain.path}?{combination}")


# Bodies as a whole


def _body_variants(route: Route, base: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield bodies that are invalid or unusual as a whole."""
    fields = FIELDS[route.body or Payload]
    required = [name for name, values in fields.items() if values[0].outcome == INVALID]
    empty = invalid(*required) if required else ACCEPTED
    inside = base[1:-1]
    yield from (
        (f"body: {name}", {"body": body, "outcome": outcome})
        for name, body, outcome in [
            ("nothing", b"", NO_JSON),
            ("a blank", b" ", NO_JSON),
            ("null", b"null", invalid("")),
            ("a list", b"[" + base + b"]", invalid("")),
            ("text", quoted(base.decode()), invalid("")),
            ("a number", b"1", invalid("")),
            ("true", b"true", invalid("")),
            ("5,000 digits", DIGITS, invalid("")),
            ("1e999", b"1e999", invalid("")),
            ("NaN", b"NaN", NO_JSON),
            *([("an empty object", b"{}", empty)] if len(route.base) > 1 else []),  # else a field is missing: see there
            ("an empty list", b"[]", invalid("")),
            ("cut off before its end", base[:-1], NO_JSON),
            ("cut off in the middle", base[: len(base) // 2], NO_JSON),
            ("cut off after its beginning", base[:1], NO_JSON),
            ("two objects", base + base, NO_JSON),
            ("something behind it", base + b"x", NO_JSON),
            ("a NUL behind it", base + b"\0", NO_JSON),
            ("a comment", b"/* */" + base, NO_JSON),
            ("a comma too many", b"{" + inside + b",}", NO_JSON),
            ("a name without quotes", b"{a:1," + inside + b"}", NO_JSON),
            ("a byte order mark", b"\xef\xbb\xbf" + base, NO_JSON),
            ("UTF-16", base.decode().encode("utf-16"), NO_JSON),
            ("a form", b"a=1&b=2", NO_JSON),
            ("60,000 brackets", b"[" * 60_000, NO_JSON),
            ("60,000 braces", b"{" * 60_000, NO_JSON),
            ("an unknown field", b'{"isAdmin":true,"role":"admin",' + inside + b"}", ACCEPTED),
            ("an unknown field of 5,000 digits", b'{"x":' + DIGITS + b"," + inside + b"}", ACCEPTED),
            ("an unknown field of 1e999", b'{"x":1e999,' + inside + b"}", ACCEPTED),
            ("an unknown field with a lone surrogate", b'{"x":"\\ud800",' + inside + b"}", ACCEPTED),
            ("an unknown field of NaN", b'{"x":NaN,' + inside + b"}", NO_JSON),
            ("an unknown field that is no UTF-8", b'{"x":"\xff",' + inside + b"}", NO_JSON),
            ("an unknown field that is deep", b'{"x":' + b"[" * 9_000 + b"]" * 9_000 + b"," + inside + b"}", NO_JSON),
            ("a name with a lone surrogate", b'{"\\ud800":1,' + inside + b"}", invalid("")),
            ("a name that is empty", b'{"":1,' + inside + b"}", ACCEPTED),
            ("a prototype", b'{"__proto__":{"x":1},"constructor":null,' + inside + b"}", ACCEPTED),
            ("blanks around it", b" \r\n\t" + base + b" \r\n\t", ACCEPTED),
        ]
    )
    for content_type, outcome in CONTENT_TYPES.items():
        headers = {} if content_type is None else {"Content-Type": content_type}
        yield f"content type: {content_type and content_type[:40]}", {"headers": headers, "outcome": outcome}
    exactly, over = base.ljust(LIMIT - 200), base.ljust(LIMIT + 1)
    for chunked in (False, True):
        how = "in chunks" if chunked else "at once"
        yield f"nearly 64 KiB, {how}", {"body": exactly, "chunked": chunked, "outcome": ACCEPTED}
        yield f"a byte over 64 KiB, {how}", {"body": over, "chunked": chunked, "outcome": TOO_LARGE}
        yield f"1 MB, {how}", {"body": b"[" * 1_000_000, "chunked": chunked, "outcome": TOO_LARGE}


def compressed() -> list[Cell]:
    """Return the cells of compressed bodies, which are refused: their only use is a bomb of zeros."""
    bodies_sent = {
        "gzip": ("gzip", gzip.compress(b"{}")),
        "gzip that is none": ("gzip", b"{}"),
        "gzip cut off": ("gzip", gzip.compress(b"{}")[:-9]),
        "a gzip bomb": ("gzip", gzip.compress(b" " * 20_000_000)),
        "deflate": ("deflate", zlib.compress(b"{}")),
        "an encoding that is not installed": ("br", b"{}"),
        "an encoding that is none": ("nonsense", b"{}"),
    }
    return [
        Cell(name, WRONG_TYPE, method, path, body, {"Content-Type": JSON, "Content-Encoding": encoding}, route.caller)
        for (method, path), route in ROUTES.items()
        if route.body
        for name, (encoding, body) in bodies_sent.items()
    ]


# Tokens and ids


def _without_an_id(method: str, path: str) -> Outcome:
    """Return the outcome for a path with an empty id: at its end it leaves the path of the list, if there is one."""
    listed = path.removesuffix("/")
    if method == "DELETE" or listed == path or listed not in {known for _, known in ROUTES}:
        return ROUTE_NOT_FOUND
    return ACCEPTED if (method, listed) in ROUTES else METHOD_NOT_ALLOWED


def _variants(route: Route, plain: Cell) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield invalid tokens and ids, and users without the permission."""
    if route.caller:
        for name, value in AUTHORIZATIONS.items():
            headers = dict(plain.headers) if value is None else {**plain.headers, "Authorization": value}
            yield f"authorization: {name}", {"headers": headers, "caller": None, "outcome": NOT_SIGNED_IN}
    room = f"<{route.room}>"
    if room in plain.path:
        for name, (raw, outcome) in PATH_IDS.items():
            refusal = route.absent if outcome == ROOM_NOT_FOUND else outcome
            path = plain.path.replace(room, raw)
            refusal = refusal if raw else _without_an_id(plain.method, path)
            yield f"id: {name}", {"path": path if raw else _same_everywhere(path), "outcome": refusal}
        for name, place, caller, refusal in [
            ("a public room of others", "theirs", "ada", route.public),
            ("a private room of others", "private", "ada", route.private),
            ("somebody who is only a member", "room", "ben", route.member),
        ]:
            if refusal:
                path = plain.path.replace(room, f"<{place}>")
                yield f"not allowed: {name}", {"path": path, "caller": caller, "outcome": refusal}

    for part, refusal in route.parts.items():
        for name, (raw, _) in PATH_IDS.items():
            if not raw.startswith("<"):
                path = plain.path.replace(f"<{part}>", raw)
                refused = refusal if raw else _without_an_id(plain.method, path)
                yield f"{part}: {name}", {"path": path if raw else _same_everywhere(path), "outcome": refused}


def _same_everywhere(path: str) -> str:
    """Return a path that an answer names, with ids that are the same in each school."""
    return re.sub("<[a-z]+>", UNKNOWN, path)


def others() -> list[Cell]:
    """Return the cells beside the rows: refusals of requests without a body, and bodies that are ignored."""
    found = [
        Cell("the owner leaves", OWNER_CANNOT_LEAVE, "POST", ROOM_PATH + "/leave", caller="ada"),
        Cell("fewer places than members", Refused(409, "capacity_too_small"), "PUT", ROOM_PATH, b'{"capacity":1}',
             {"Content-Type": JSON}, "ada"),
        Cell("into a full room", Refused(409, "room_full"), "POST", "/api/study-rooms/<full>/join", caller="ada"),
    ]  # fmt: skip
    for name, body in {"nonsense": b"\0\xff", "an object": b"{}", "60,000 brackets": b"[" * 60_000}.items():
        found += [
            Cell(f"a body that nobody reads: {name}", ACCEPTED, method, path, body, {"Content-Type": JSON}, "ada")
            for method, path in [("POST", ROOM_PATH + "/join"), ("GET", "/api/auth/me"), ("GET", "/healthz")]
        ]
    return found


# Unknown paths and methods


def methods_of(path: str) -> set[str]:
    """Return the methods of a path, independent of its placeholders. PATCH is the same as PUT."""

    def plain(path: str) -> str:
        return re.sub("<[^>]*>", "<>", path)

    found = {method for method, known in ROUTES if plain(known) == plain(path)}
    return found | {"PATCH"} if "PUT" in found else found


def routing() -> list[Cell]:
    """Return the cells of methods that a route does not have, and of unknown paths."""
    found = []
    for path in sorted({path for _, path in ROUTES}):
        taken = methods_of(path)
        for method in METHODS:
            if method not in taken:
                found.append(Cell(f"method {method}", METHOD_NOT_ALLOWED, method, path, caller="ada"))
                found.append(Cell(f"method {method}, nobody asks", METHOD_NOT_ALLOWED, method, path))
        found.append(Cell("a preflight from nowhere", ACCEPTED, "OPTIONS", path, status=204))
        origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        found.append(Cell("a preflight from elsewhere", FORBIDDEN, "OPTIONS", path, headers=origin))
        if ("GET", path) in ROUTES:
            caller = ROUTES["GET", path].caller
            found.append(Cell("HEAD", ACCEPTED, "HEAD", path, caller=caller))
            if caller:
                found.append(Cell("HEAD, nobody asks", NOT_SIGNED_IN, "HEAD", path))
    for path in NO_ROUTES:
        found += [
            Cell("no route", ROUTE_NOT_FOUND, method, path, headers={"Accept": JSON})
            for method in ("GET", "POST", "OPTIONS", "HEAD")
        ]
    return found
