"""Docs and code agree: routes, events, settings, error codes, files, commands and links.

The checks return the differences, so that tests can pass them a wrong page.
"""

import ast
import re
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import config
from domain import connections
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


# -- names in the code


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
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            if name in places and len(node.args) > places[name]:
                argument = node.args[places[name]]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return found


def server_events() -> set[str]:
    return {event.EVENT for event in SERVER_EVENTS}


def said_by_services(function: str, place: int) -> set[str]:
    """Every text that a service passes to the function, at the place given; at least one."""
    found = set().union(*(constants(source, **{function: place}) for source in texts("services/*.py")))
    assert found, f"no service calls {function} with a text: was it renamed or moved?"
    return found


def notifications() -> set[str]:
    """Return the type of each notification."""
    senders = {"about_room": 0, "_announce_member": 2, "_notify_readers": 2}
    return set().union(*(said_by_services(function, place) for function, place in senders.items()))


def called(sources: list[str]) -> set[str]:
    """Return the name of each function and method that is called."""
    calls = [node.func for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {getattr(function, "attr", None) or getattr(function, "id", "") for function in calls}


# -- names in the pages


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
    told = {*re.findall(r"`make ([a-z]+)", page), *re.findall(r"^make ([a-z]+)", "".join(blocks), re.MULTILINE)}
    return told - set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def unknown_options(page: str, source: str) -> set[str]:
    """Return the options of `make run` that a page names and server.py lacks."""
    given = {
        option
        for arguments in re.findall(r'make run ARGS="([^"]*)"', page)
        for option in re.findall(r"--\w+", arguments)
    }
    return given - constants(source, add_argument=0)


# -- they agree


def test_pages_are_found():
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} <= set(PAGES)
    assert {"docs/protocol.md", "docs/operating.md", "docs/security.md", "docs/decisions.md"} <= set(PAGES)


def test_pages_name_what_is_looked_up():
    """Each check of a page finds what it checks on some page, or it would pass without a look."""
    everything = "\n".join(PAGES.values())
    assert len(unknown_targets(everything, "")) > 8
    assert len(unknown_options(everything, "")) > 2
    assert len(named_files(everything)) > 20
    assert len(re.findall(r"\]\(([^)\s:]+)\)", everything)) > 50
    assert len(re.findall(r"STUDYHALL_[A-Z]+_[A-Z_]+\b", everything)) > 5
    assert len(re.findall(r"`\[(\w+)\] (\w+)", everything)) > 20
    assert len(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) /[^`]*`", everything)) > 100


def test_routes_are_the_same_on_the_pages_and_in_the_code():
    assert wrong_routes(PROTOCOL.read_text("utf-8")) == {}


def test_events_are_the_same_on_the_pages_and_in_the_code():
    assert wrong_events(PROTOCOL.read_text("utf-8")) == {}


def test_settings_are_the_same_on_the_page_and_in_the_code():
    assert wrong_settings(SETTINGS.read_text("utf-8")) == {}
    assert wrong_defaults(SETTINGS.read_text("utf-8")) == []


def test_config_toml_has_every_setting():
    assert missing_in_config_toml(text_of("config.toml")) == set()


def test_error_codes_are_the_same_on_the_page_and_in_the_code():
    assert wrong_codes(PROTOCOL.read_text("utf-8")) == {}


def test_refusals_notifications_and_reasons_are_the_same_on_the_page_and_in_the_code():
    page = PROTOCOL.read_text("utf-8")
    everywhere = set(error_codes())  # some of them refuse a connection, too
    assert differences(set(connections.CONNECT_ERRORS) - everywhere, column(page, "message", 1) - everywhere) == {}
    assert differences(notifications(), column(page, "type")) == {}
    assert differences(said_by_services("evict", 2), column(page, "reason")) == {}
    assert differences(set(get_args(Action)), column(page, "action")) == {}


def test_lines_of_the_log_for_security_are_on_the_page():
    page = text_of("docs/operating.md")
    sources = texts("services/*.py", "handlers/*.py", "socket_events/*.py")
    events = set().union(*(constants(source, log_security_event=0, log=0) for source in sources))
    seen = set().union(*(constants(source, require_admin=1, _log_admin_read=1) for source in sources))
    [row] = (line for line in page.splitlines() if line.startswith("| `admin_read` |"))
    assert len(events) > 20
    assert len(seen) >= 4
    assert {event for event in events if f"`{event}`" not in page} == set()
    assert {word for word in seen if word not in row} == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_nothing_that_does_not_exist(name):
    assert unknown_names(PAGES[name]) == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_somewhere(name):
    assert broken_links(PAGES[name], (ROOT / name).parent) == set()


@pytest.mark.parametrize("name", sorted(set(PAGES) - HISTORY))
def test_files_that_a_page_names_exist(name):
    assert missing_files(PAGES[name]) == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page_exist(name):
    assert unknown_targets(PAGES[name], text_of("Makefile")) == set()
    assert unknown_options(PAGES[name], text_of("server.py")) == set()


def outside(text: str) -> list[str]:
    """Return mentions of folders outside the project, which a clone lacks."""
    return re.findall(r"\.\./shared|/work/\w+", text)


def test_nothing_refers_to_what_is_not_in_the_project():
    code = ("*.py", "*.sql", "*.mjs", "*.js", "*.css", "*.html", "*file", ".ci/run")
    others = ("*.md", "*.toml", "*.cfg", "*.json", "*.conf", "*.service")
    here = Path(__file__)
    found = [file for file in find_files(*code, *others) if file != here and outside(file.read_text("utf-8"))]
    assert found == []


# -- differences are found


def without(page: str, line: str) -> str:
    """Return the page without the lines that begin with `line`."""
    kept = [kept for kept in page.splitlines(keepends=True) if not kept.startswith(line)]
    assert len(kept) < len(page.splitlines()), f"no line begins with {line}"
    return "".join(kept)


def test_a_route_that_is_missing_or_made_up_is_found():
    page = PROTOCOL.read_text("utf-8")
    missing = {"not on the page": ["GET /api/dashboard"]}
    assert wrong_routes(without(page, "| `GET /api/dashboard`")) == {"table": missing}
    assert wrong_routes(without(page, "#### `GET /api/dashboard`")) == {"headings": missing}
    made_up = {"not in the code": ["PATCH /api/dashboard"]}
    assert wrong_routes(page + "\n#### `PATCH /api/dashboard`\n") == {"headings": made_up}
    assert unknown_names("see `PATCH /api/dashboard`") == {"PATCH /api/dashboard"}


@pytest.mark.parametrize(("event", "which"), [("mark-read", "sent"), ("status-updated", "received")])
def test_an_event_that_is_missing_or_made_up_is_found(event, which):
    page = PROTOCOL.read_text("utf-8")
    missing = {"not on the page": [event]}
    assert wrong_events(without(page, f"| `{event}`")) == {f"table, {which}": missing}
    assert wrong_events(without(page, f"#### `{event}`")) == {f"headings, {which}": missing}
    renamed = {"not on the page": [event], "not in the code": ["made-up"]}
    assert wrong_events(page.replace(f"#### `{event}`", "#### `made-up`")) == {f"headings, {which}": renamed}
    assert unknown_names("send `made-up`") == {"made-up"}


def test_only_the_publisher_emits_and_only_declared_events():
    """The publisher takes events as instances of their classes; a name in a string would bypass them."""
    sources = texts("services/*.py", "socket_events/*.py", "publisher/publisher.py")
    senders = {"send": 1, "publish": 0, "publish_to_rooms": 0, "publish_to_all": 0}
    assert set(senders) - called(sources) == set(), "they were renamed or moved"
    assert set().union(*(constants(source, **senders) for source in sources)) == set()


def test_an_event_with_its_name_in_a_string_is_found():
    source = "self._sockets.send(c, 'two', 3)\nself._sockets.publish('three', x, room=r)\nf('four')"
    assert constants(source, send=1, publish=0) == {"two", "three"}


def test_every_declared_event_is_sent():
    sources = texts("services/*.py", "socket_events/*.py", "publisher/publisher.py")
    made = called(sources) | {
        call.partition(".")[0] for source in sources for call in re.findall(r"\w+\.\w+(?=\()", source)
    }
    assert {event.__name__ for event in SERVER_EVENTS} - made == set()


def test_a_setting_that_is_missing_or_made_up_is_found():
    page = SETTINGS.read_text("utf-8")
    assert wrong_settings(without(page, "| `cache.ttl`")) == {"not on the page": ["cache.ttl"]}
    assert wrong_settings(page.replace("| `cache.ttl`", "| `cache.age`")) == {
        "not on the page": ["cache.ttl"],
        "not in the code": ["cache.age"],
    }
    assert wrong_defaults(page.replace("| `cache.ttl` | `300` |", "| `cache.ttl` | `301` |")) == ["cache.ttl"]
    assert missing_in_config_toml(without(text_of("config.toml"), "ttl =")) == {"cache.ttl"}
    assert unknown_names("STUDYHALL_CACHE_AGE, `[cache] age`") == {"STUDYHALL_CACHE_AGE", "cache.age"}


def test_an_error_code_that_is_missing_or_has_another_status_is_found():
    protocol = PROTOCOL.read_text("utf-8")
    assert wrong_codes(without(protocol, "| `room_full`")) == {"not on the page": ["room_full 409"]}
    assert wrong_codes(protocol.replace("| `room_full` | 409 |", "| `room_full` | 400 |")) == {
        "not on the page": ["room_full 409"],
        "not in the code": ["room_full 400"],
    }


def test_a_link_that_leads_nowhere_is_found():
    page = "# Here\n[a](README.md) [b](nowhere.md) [c](README.md#nowhere) [d](#nowhere) [e](#here) [f](https://example.org)"
    assert broken_links(page, ROOT) == {"nowhere.md", "README.md#nowhere", "#nowhere"}


def test_missing_file_is_found():
    page = "see `tests/docs/test_docs.py`, `tests/*.py`, `docs/`, `tests/gone.py`\n```sh\ncat `docs/gone`\n```\n"
    assert named_files(page) >= {"tests/*.py", "docs/", "tests/gone.py"}
    assert missing_files(page) - {"tests/docs/test_docs.py"} == {"tests/gone.py"}


def test_a_command_that_does_not_exist_is_found():
    assert unknown_targets("`make coffee`, to\nmake sense, `make run`\n```sh\nmake tea\n```\n", "run:\n") == {
        "coffee",
        "tea",
    }
    assert unknown_options('make run ARGS="--port 1 --nix"', "p.add_argument('--port')") == {"--nix"}


def test_a_reference_to_what_is_outside_is_found():
    assert outside("see ../" + "shared/page.md") == ["../" + "shared"]
