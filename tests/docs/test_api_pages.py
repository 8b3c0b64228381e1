"""/api/docs: the documents for people. All is there, nothing comes from elsewhere, and everybody can read it."""

import re
from html.parser import HTMLParser

import pytest

import api_docs
from api_docs import render
from handlers import ROUTES
from socket_events import EVENTS
from tests.support.browser import PHONE, opened
from tests.support.described import ASYNCAPI, OPENAPI
from tests.support.looking import Looking
from tests.support.served import served

PAGES = {"/api/docs": "routes.html", "/api/docs/events": "events.html"}
EACH_KIND_ONCE = """() => {
    const seen = new Set();
    const kindOf = (element, part) => {
        const kind = [...element.getAttributeNames(), element.scrollWidth > element.clientWidth];
        for (let at = element; at !== part.parentElement; at = at.parentElement) kind.push(at.localName, at.className);
        return kind.join(" ");
    };
    const known = [...document.querySelectorAll("article, nav li")].filter((part) => {
        const kinds = [part, ...part.querySelectorAll("*")].map((element) => kindOf(element, part));
        const found = seen.size;
        for (const kind of kinds) seen.add(kind);
        return seen.size === found;
    });
    for (const part of known) part.remove();
    return document.querySelectorAll("article").length;
}"""
"""Removes the articles and links without a kind of element that an earlier one lacks: axe would take 20 s for all."""


class Read(HTMLParser):
    """Elements of a page."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.loads, self.tags, self.attributes = [], [], [], set(), set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(found)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        elif "href" in found or "src" in found:
            self.loads.append(found.get("href") or found["src"])

    def handle_data(self, data):
        self.text += data


def page(name):
    return Read(api_docs.documents()[name].body.decode())


@pytest.mark.parametrize("name", PAGES.values())
def test_a_page_has_no_script_and_loads_nothing_but_its_style(name):
    found = page(name)
    assert not found.tags & {"script", "style", "iframe", "img", "form"}
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert found.loads == ["data:,", "/api/docs/style.css"]
    assert "url(" not in api_docs.documents()["style.css"].body.decode()
    assert "@import" not in api_docs.documents()["style.css"].body.decode()


@pytest.mark.parametrize("name", PAGES.values())
def test_every_link_leads_somewhere_and_every_id_is_there_once(name):
    found = page(name)
    assert len(found.ids) == len(set(found.ids))
    here = {link.removeprefix("#") for link in found.links if link.startswith("#")}
    assert len(here) > 20
    assert here <= set(found.ids)
    elsewhere = {link for link in found.links if not link.startswith("#")}
    assert elsewhere <= {"/", *(route.path for route in ROUTES)}


def test_every_route_event_record_and_code_is_on_a_page():
    routes, events = page("routes.html"), page("events.html")
    for route in ROUTES:
        assert f"{route.method} {route.path}" in routes.text
    assert {found["operationId"] for found in _operations()} <= set(routes.ids)
    assert set(OPENAPI["components"]["schemas"]) <= set(routes.ids)
    assert {*EVENTS, *ASYNCAPI["operations"], *ASYNCAPI["components"]["schemas"]} <= set(events.ids)
    for responses in OPENAPI["components"]["responses"]:
        for code in responses.split("-or-"):
            assert code in routes.text
    assert "correct horse battery" in routes.text


def _operations():
    return [operation for methods in OPENAPI["paths"].values() for operation in methods.values()]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 1000}, "string, 1 to 1,000 characters"),
        ({"type": "integer", "minimum": 0, "maximum": 2**53 - 1}, "integer, from 0"),
        ({"type": "integer", "minimum": 1, "maximum": 100}, "integer, 1 to 100"),
        ({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}, "string, uuid or null"),
        ({"enum": ["a", "<b>"]}, '<code>"a"</code>, <code>"&lt;b&gt;"</code>'),
        ({"const": True}, "<code>true</code>"),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
            'list of <a href="#Message">Message</a>',
        ),
        ({}, "anything"),
    ],
)
def test_a_schema_is_said_in_words(schema, said):
    assert render.type_html(schema) == said


def test_text_cannot_become_html():
    assert render.paragraphs_html("<b> & `<i>`\n\nmore") == "<p>&lt;b&gt; &amp; <code>&lt;i&gt;</code></p><p>more</p>"
    assert "<script" not in render.fields({"properties": {"<script>": {"type": "string", "description": "<script>"}}})


async def test_the_pages_are_sent_with_a_policy_that_lets_nothing_in():
    async with served() as school:
        for path in PAGES:
            answer = await school.request("GET", path)
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert "unsafe" not in policy
            again = await school.request("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status == 304
        style = await school.request("GET", "/api/docs/style.css")
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"
        assert re.search(
            r"@media \(prefers-color-scheme: dark\) {:root {\s+color-scheme: dark;\s+--paper: #", style.body
        )


@pytest.mark.asyncio(loop_scope="session")
async def test_everybody_can_read_the_pages(chromium):
    looking = Looking("light scheme", "dark scheme")
    async with opened(chromium) as hall:
        somebody, on_phone = await hall.somebody(), await hall.somebody(device=PHONE)  # fails where a browser complains
        for path in PAGES:
            await on_phone.page.goto(path)
            assert await on_phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
            await somebody.page.goto(path)
            await somebody.page.get_by_role("heading", level=1).wait_for()
            assert await somebody.page.evaluate(EACH_KIND_ONCE) > 2
            await looking.here(somebody.page, path)
    assert not looking.faults, "\n".join(looking.faults)
