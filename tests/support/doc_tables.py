"""Tables of docs/protocol.md and docs/settings.md, generated from the declarations of the code.

`make tables` writes them between their markers, `<!-- table: NAME -->` and `<!-- end of table -->`. The sentences of
routes and events are their docstrings. The meanings of error codes and settings are written by hand in the last column,
and the generator leaves them as they are: a docstring of an error is the message that clients receive.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

import config
from api_docs.schemas import first_sentence
from domain.connections import PERSONAL
from domain.errors.base import AppError
from domain.errors.fields import PARAMS
from domain.event_types import ServerEvent
from domain.events import SERVER_EVENTS
from handlers import PAGE, ROUTES
from socket_events import EVENTS
from tests.support.paths import ROOT

PAGES = (ROOT / "docs" / "protocol.md", ROOT / "docs" / "settings.md")
_TABLE = re.compile(r"(<!-- table: ([a-z ]+) -->\n)(.*?)(<!-- end of table -->\n)", re.DOTALL)

Meanings = Mapping[str, str]
"""The last cell of each row of a table as it is on the page, by the name in the first cell."""


class UnknownTable(LookupError):
    """A marker on a page has a name that no table has."""


def routes(page: str, _: Meanings) -> list[str]:
    """Return a row for each route, in the order of the headings of the page."""
    headings = re.findall(r"^#### `([^`]+)`$", page, re.MULTILINE)
    places = {heading: number for number, heading in enumerate(headings)}
    found = {route_name(route.method, route.path): _phrase(route.endpoint) for route in ROUTES}
    found |= {route_name(route.method, route.path): _phrase(route.handler) for route in PAGE}
    names = sorted(found, key=lambda name: places.get(name, len(places)))
    return _table("route | does", ((f"`{name}`", found[name]) for name in names))


def client_events(_page: str, _meanings: Meanings) -> list[str]:
    """Return a row for each event from client to server."""
    return _table("client → server | does", ((f"`{name}`", _phrase(event.endpoint)) for name, event in EVENTS.items()))


def server_events(_page: str, _meanings: Meanings) -> list[str]:
    """Return a row for each event from server to client; one that is not only on `/chat` has its namespaces."""
    return _table(
        "server → client | means",
        ((f"`{event.EVENT}`", _phrase(event) + _namespaces(event)) for event in SERVER_EVENTS),
    )


def error_codes(_: str, meanings: Meanings) -> list[str]:
    """Return a row for each code, by status."""
    statuses = {kind.code: kind.status for kind in _error_classes(AppError)}
    codes = sorted(statuses, key=lambda code: (statuses[code], code))
    rows = ((f"`{code}`", str(statuses[code]), meanings.get(code, "")) for code in codes)
    return _table("code | status | meaning", rows)


def field_codes(_: str, meanings: Meanings) -> list[str]:
    """Return a row for each code of a field error, with the names of its params."""
    rows = (
        (f"`{code}`", ", ".join(f"`{name}`" for name in PARAMS[code]) or "-", meanings.get(code, ""))
        for code in sorted(PARAMS)
    )
    return _table("code of a field | params | meaning", rows)


def settings(_: str, meanings: Meanings) -> list[str]:
    """Return a row for each setting with its default as in TOML, in the order of the sections."""
    rows = (
        (f"`{section}.{key}`", f"`{_toml(default)}`", meanings.get(f"{section}.{key}", ""))
        for section, table in msgspec.to_builtins(config.Config()).items()
        for key, default in table.items()
    )
    return _table("setting | default | meaning", rows)


TABLES: Mapping[str, Callable[[str, Meanings], list[str]]] = {
    "routes": routes,
    "client events": client_events,
    "server events": server_events,
    "error codes": error_codes,
    "field codes": field_codes,
    "settings": settings,
}


def route_name(method: str, path: str) -> str:
    """Return a route as it is written on the pages: `GET /api/study-rooms/:id`."""
    return f"{method} " + re.sub(r"{(\w+)[^}]*}", r":\1", path)


def generated(page: str) -> str:
    """Return the page with each table generated again.

    Raises:
        UnknownTable: a marker has another name than those of `TABLES`.
    """

    def table(found: re.Match[str]) -> str:
        begin, name, current, end = found.groups()
        if name not in TABLES:
            raise UnknownTable(name)
        return begin + "\n".join(TABLES[name](page, _meanings(current))) + "\n" + end

    return _TABLE.sub(table, page)


def names(page: str) -> set[str]:
    """Return the names of the tables on a page."""
    return {name for _, name, _, _ in _TABLE.findall(page)}


def main(pages: Iterable[Path] = PAGES) -> None:
    """Write the tables of the pages."""
    for file in pages:
        file.write_text(generated(file.read_text("utf-8")), "utf-8")


def _table(head: str, rows: Iterable[tuple[str, ...]]) -> list[str]:
    columns = head.count("|") + 1
    return [f"| {head} |", "|" + "---|" * columns, *(f"| {' | '.join(cells)} |" for cells in rows)]


def _phrase(declared: object) -> str:
    """Return the first paragraph of a docstring, in lower case at its start and without the full stop at its end."""
    sentence = first_sentence(declared).removesuffix(".").replace("|", r"\|")
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def _namespaces(event: type[ServerEvent]) -> str:
    if len(event.NAMESPACES) > 1:
        return " (on both namespaces)"
    return f" (on `{PERSONAL}`)" if event.NAMESPACES == (PERSONAL,) else ""


def _meanings(table: str) -> dict[str, str]:
    rows = (line.strip("|\n ").split(" | ", 2) for line in table.splitlines() if line.startswith("| `"))
    return {cells[0].strip("`"): cells[-1] for cells in rows if len(cells) == 3}


def _error_classes(base: type[AppError]) -> Iterable[type[AppError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _error_classes(kind)


def _toml(value: object) -> str:
    return msgspec.toml.encode({"it": value}).decode().strip().removeprefix("it = ")


if __name__ == "__main__":
    main()
