"""Documents and code agree: routes, events, settings, error codes, files, commands and links."""

import re
from pathlib import Path
from typing import get_args

import pytest

from domain import connections
from domain.events import SERVER_EVENTS
from domain.moderation import Action
from tests.support.doc_checks import (
    HISTORY,
    PAGES,
    PROTOCOL,
    SETTINGS,
    broken_links,
    called,
    column,
    constants,
    differences,
    error_codes,
    missing_files,
    missing_in_config_toml,
    named_files,
    notifications,
    said_by_services,
    text_of,
    texts,
    unknown_names,
    unknown_options,
    unknown_targets,
    wrong_codes,
    wrong_defaults,
    wrong_events,
    wrong_routes,
    wrong_settings,
)
from tests.support.paths import ROOT, find_files


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
    code = ("*.py", "*.sql", "*.mjs", "*.js", "*.ts", "*.tsx", "*.css", "*.html", "*file", ".ci/run")
    others = ("*.md", "*.toml", "*.cfg", "*.json", "*.conf", "*.service")
    here = Path(__file__)
    found = [file for file in find_files(*code, *others) if file != here and outside(file.read_text("utf-8"))]
    assert found == []


# Differences are found


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
