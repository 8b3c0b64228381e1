"""Comparison of documents with the code: each check returns the differences, so that tests can pass it a wrong page."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import get_args

import msgspec

import config
from domain.errors.base import AppError
from domain.events import SERVER_EVENTS
from domain.moderation import Action
from handlers import PAGE, ROUTES
from socket_events import EVENTS
from tests.support.paths import ROOT, find_files

PROTOCOL, SETTINGS = ROOT / "docs" / "protocol.md", ROOT / "docs" / "settings.md"


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def texts(*patterns: str) -> list[str]:
    """Return the text of each file that matches; a pattern without a file is an error."""
    return [file.read_text("utf-8") for file in find_files(*patterns)]


PAGES = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in find_files("*.md")}


HISTORY = {"CHANGELOG.md", "docs/decisions.md"}
"""Pages about earlier versions, which may name deleted files."""


# Names in the code


def routes() -> set[str]:
    return {f"{route.method} " + re.sub(r"{(\w+)[^}]*}", r":\1", route.path) for route in [*ROUTES, *PAGE]}


def settings() -> dict[str, object]:
    return {
        f"{section}.{key}": list(value) if isinstance(value, tuple) else value
        for section, table in msgspec.to_builtins(config.Config()).items()
        for key, value in table.items()
    }


def error_codes() -> dict[str, int]:
    found, waiting = {}, AppError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found[kind.code] = kind.status
    return found


def constants(source: str, **places: int) -> set[str]:
    """Return every string literal that `source` passes to the named functions, at the given position."""
    found = set()
    for name, arguments in _calls(source):
        if name in places and len(arguments) > places[name]:
            argument = arguments[places[name]]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


@cache
def _calls(source: str) -> list[tuple[str, list[ast.expr]]]:
    """Return the name of the function or method, and the positional arguments, of each call."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [(getattr(call.func, "attr", None) or getattr(call.func, "id", ""), call.args) for call in calls]


def server_events() -> set[str]:
    return {event.EVENT for event in SERVER_EVENTS}


def said_by_services(function: str, place: int) -> set[str]:
    """Every text that a service passes to the function, at the place given; at least one."""
    found = set().union(*(constants(source, **{function: place}) for source in texts("services/*.py")))
    assert found, f"no service calls {function} with a text: was it renamed or moved?"
    return found


def notifications() -> set[str]:
    """Return the type of each notification."""
    senders = {"about_room": 0, "of_date": 0, "of_task": 0, "_announce_member": 2, "_notify_readers": 2}
    return set().union(*(said_by_services(function, place) for function, place in senders.items()))


def called(sources: list[str]) -> set[str]:
    """Return the name of each function and method that is called."""
    return {name for source in sources for name, _ in _calls(source)}


# Names in the pages


def table(page: str, head: str) -> list[list[str]]:
    """Return the rows of the table whose first heading is `head`; [] if there is none."""
    rows: list[list[str]] = []
    found = re.search(rf"^\| {head} \|.*\n\|---.*\n", page, re.MULTILINE)
    for line in page[found.end() :].splitlines() if found else ():
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("| ").split(" | ")])
    return rows


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def column(page: str, head: str, number: int = 0) -> set[str]:
    """Return everything in backticks in one column of the table, which must exist."""
    found = {code for row in table(page, head) for code in codes(row[number])}
    assert found, f"the page has no table of {head}"
    return found


def headings(page: str, above: str = "") -> set[str]:
    """Return the names in headings of the fourth level, in all of `page` or below the heading `above`."""
    if above:
        page = page.partition(f"\n### {above}\n")[2]
        page = re.split(r"^#{1,3} ", page, maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^#### `([^`]+)`$", page, re.MULTILINE))


def differences(code: set[str], page: set[str]) -> dict[str, list[str]]:
    """Return the names that only one of the two has; {} if they agree."""
    both = {"not on the page": sorted(code - page), "not in the code": sorted(page - code)}
    return {where: names for where, names in both.items() if names}


def wrong_routes(protocol: str) -> dict[str, dict[str, list[str]]]:
    found = {
        "table": differences(routes(), column(protocol, "route")),
        "headings": differences(routes(), {name for name in headings(protocol) if " /" in name}),
    }
    return {place: wrong for place, wrong in found.items() if wrong}


def wrong_events(protocol: str) -> dict[str, dict[str, list[str]]]:
    found = {
        "table, sent": differences(set(EVENTS), column(protocol, "client → server")),
        "table, received": differences(server_events(), column(protocol, "server → client")),
        "headings, sent": differences(set(EVENTS), headings(protocol, "From client to server")),
        "headings, received": differences(server_events(), headings(protocol, "From server to client")),
    }
    return {place: wrong for place, wrong in found.items() if wrong}


def wrong_settings(page: str) -> dict[str, list[str]]:
    return differences(set(settings()), column(page, "setting"))


def wrong_defaults(page: str) -> list[str]:
    """Return the settings whose default differs from the table."""
    said = {
        codes(name)[0]: tomllib.loads(f"it = {codes(default)[0]}")["it"] for name, default, _ in table(page, "setting")
    }
    return [name for name, default in settings().items() if said.get(name) != default]


def missing_in_config_toml(toml: str) -> set[str]:
    tables = tomllib.loads(toml)
    return {name for name in settings() if name.partition(".")[2] not in tables.get(name.partition(".")[0], {})}


def wrong_codes(protocol: str) -> dict[str, list[str]]:
    """Return the error codes with their status that differ between the page and domain/errors/."""
    said = {
        f"{codes(code)[0]} {status}" for code, status, _ in table(protocol[protocol.find("\n## Error codes") :], "code")
    }
    return differences({f"{code} {status}" for code, status in error_codes().items()}, said)


def unknown_names(page: str) -> set[str]:
    """Return routes, variables, settings and events that a page names and the code lacks."""
    spans = set(codes(without_blocks(page)))
    known = set(EVENTS) | server_events() | notifications() | set(get_args(Action))
    found = {span for span in spans if re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /\S*", span)} - routes()
    found |= {span for span in spans if re.fullmatch(r"[a-z]+(-[a-z]+)+", span)} - known
    found |= set(re.findall(r"STUDYHALL_[A-Z]+_[A-Z_]+\b", page)) - set(config.VARIABLES)
    mentioned = re.findall(r"`\[(\w+)\] (\w+)", page)
    return found | {f"{section}.{key}" for section, key in mentioned} - set(settings())


def broken_links(page: str, folder: Path) -> set[str]:
    """Return links to missing files or headings."""
    broken = set()
    for link in re.findall(r"\]\(([^)\s]+)\)", page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        file = folder / path if path else None
        leads = file is None or file.exists()
        if leads and anchor:
            leads = anchor in anchors(file.read_text("utf-8") if file else page)
        if not leads:
            broken.add(link)
    return broken


def named_files(page: str) -> set[str]:
    """Return the files and folders that a page names in backticks, by path or pattern."""
    either = "|".join({re.escape(file.relative_to(ROOT).parts[0]) for file in find_files("*/*")})
    return {span for span in codes(without_blocks(page)) if re.fullmatch(rf"({either})/[\w./*-]*", span)}


def missing_files(page: str) -> set[str]:
    """Return the files and folders that a page names and the project lacks."""
    return {name for name in named_files(page) if not any(ROOT.glob(name.rstrip("/")))}


def without_blocks(page: str) -> str:
    """Return the page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of a page."""
    found = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def unknown_targets(page: str, makefile: str) -> set[str]:
    """Return the make targets that a page names and the Makefile lacks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    told = {*re.findall(r"`make ([a-z-]+)", page), *re.findall(r"^make ([a-z-]+)", "".join(blocks), re.MULTILINE)}
    return told - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def unknown_options(page: str, source: str) -> set[str]:
    """Return the options of `make run` that a page names and server.py lacks."""
    given = {
        option
        for arguments in re.findall(r'make run ARGS="([^"]*)"', page)
        for option in re.findall(r"--\w+", arguments)
    }
    return given - constants(source, add_argument=0)
