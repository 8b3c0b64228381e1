"""API documents as HTML pages, without scripts or external resources."""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from api_docs import render
from api_docs.schemas import Schema

_WEB = Path(__file__).parent.parent / "web" / "style"
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title} · Studyhall</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/api/docs/style.css">
  </head>
  <body>
    <a class="skip" href="#content">To the content</a>
    <header>
      <a class="brand" href="/">Studyhall</a>
      <nav aria-label="Documents">{ways}</nav>
    </header>
    <div class="docs">
      <nav aria-label="On this page">{contents}</nav>
      <main id="content">{main}</main>
    </div>
  </body>
</html>
"""
_DARK = re.compile(r'^:root\[data-theme="dark"\] {(.*?)^}', re.DOTALL | re.MULTILINE)
"""The colours of the dark theme in tokens.css."""
_LINE = 80
"""Maximum length of an example that is shown in one line, in characters."""
_NAVIGATION = {"/api/docs": "Routes", "/api/docs/events": "Events"}


def style() -> str:
    """Return the CSS of the pages: the colours and base of the web page, and their own rules.

    The web page chooses its theme with a script. These pages have none, so that the system chooses.
    """
    files = [_WEB / "tokens.css", _WEB / "base.css", Path(__file__).parent / "docs.css"]
    tokens, *others = (file.read_text("utf-8") for file in files)
    dark = "".join(_DARK.findall(tokens))
    return "\n".join((tokens, f"@media (prefers-color-scheme: dark) {{:root {{{dark}}}}}\n", *others))


def routes_page(document: Schema) -> str:
    """Return the page of an OpenAPI document."""
    by_tag: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    links: dict[str, list[tuple[str, str]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag, name = operation["tags"][0], f"{method.upper()} {path}"
            by_tag[tag].append(_route(name, operation, document["components"]))
            links[tag].append((operation["operationId"], name))
    parts = [
        f'<section><h2 id="{tag["name"]}">{render.inline(tag["description"]).removesuffix(".")}</h2>'
        f"{''.join(by_tag[tag['name']])}</section>"
        for tag in document["tags"]
    ]
    about = render.paragraphs_html(document["info"]["description"]) + _where("openapi.json", "OpenAPI 3.1")
    main = f"<h1>Routes</h1>{about}{''.join(parts)}{_records(document)}"
    contents = "".join(
        _links(tag["description"].removesuffix("."), tag["name"], links[tag["name"]]) for tag in document["tags"]
    )
    return _page("/api/docs", contents + _links("Records", "records", _names(document)), main)


def events_page(document: Schema) -> str:
    """Return the page of an AsyncAPI document."""
    received = {name: found for name, found in document["operations"].items() if found["action"] == "receive"}
    sent = {name: found for name, found in document["operations"].items() if found["action"] == "send"}
    about = render.paragraphs_html(document["info"]["description"]) + _where("asyncapi.json", "AsyncAPI 3.0")
    main = (
        f"<h1>Events</h1>{about}"
        f'<section><h2 id="sent">Client-to-server events</h2>{_events(received, document)}</section>'
        f'<section><h2 id="heard">Server-to-client events</h2>{_events(sent, document)}</section>'
        f"{_records(document)}"
    )
    contents = (
        _links("Client-to-server events", "sent", [(name, name) for name in received])
        + _links("Server-to-client events", "heard", [(name, name) for name in sent])
        + _links("Records", "records", _names(document))
    )
    return _page("/api/docs/events", contents, main)


# Parts of both


def _page(path: str, contents: str, main: str) -> str:
    ways = "".join(
        f'<a href="{way}"{" aria-current=page" if way == path else ""}>{name}</a>' for way, name in _NAVIGATION.items()
    )
    return _PAGE.format(title=_NAVIGATION[path], ways=ways, contents=contents, main=main)


def _where(file: str, kind: str) -> str:
    return f'<p class="hint">For programs: <a href="/api/{file}">/api/{file}</a> ({kind})</p>'


def _links(title: str, at: str, targets: Iterable[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="#{escape(to)}">{_name(name)}</a></li>' for to, name in targets)
    return f'<h2><a href="#{escape(at)}">{escape(title)}</a></h2><ul>{items}</ul>'


def _name(name: str) -> str:
    method, _, path = name.partition(" ")
    return f"<b>{method}</b> {escape(path)}" if path else escape(name)


def _names(document: Schema) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(document["components"]["schemas"])]


def _records(document: Schema) -> str:
    schemas = sorted(document["components"]["schemas"].items())
    parts = [
        f'<article id="{escape(name)}"><h3>{escape(name)}</h3>{render.paragraphs_html(schema.get("description", ""))}'
        f"{render.fields(schema)}</article>"
        for name, schema in schemas
    ]
    return f'<section><h2 id="records">Records</h2>{"".join(parts)}</section>'


def _example(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _LINE:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"


# Routes


def _route(name: str, operation: Schema, components: Mapping[str, Any]) -> str:
    method, _, path = name.partition(" ")
    who = "" if operation["security"] else '<p class="hint">Needs no token.</p>'
    return (
        f'<article id="{operation["operationId"]}"><h3><span class="method">{method}</span> '
        f"{render.code(path)}</h3><p>{render.inline(operation['summary'])}.</p>"
        f"{render.paragraphs_html(operation.get('description', ''))}{who}"
        f"{_parameters(operation)}{_body(operation, components)}{_answers(operation, components)}</article>"
    )


def _parameters(operation: Schema) -> str:
    found = operation.get("parameters")
    if not found:
        return ""
    properties = {parameter["name"]: parameter["schema"] for parameter in found}
    required = [parameter["name"] for parameter in found if parameter["required"]]
    return f"<h4>Path and query</h4>{render.fields({'properties': properties, 'required': required})}"


def _body(operation: Schema, components: Mapping[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    [content] = operation["requestBody"]["content"].values()
    schema = components["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    examples = "".join(_example(example) for example in schema.get("examples", ()))
    return f"<h4>Body</h4>{render.fields(schema)}{examples}"


def _answers(operation: Schema, components: Mapping[str, Any]) -> str:
    rows = []
    for status, response in operation["responses"].items():
        if "$ref" in response:
            failure = components["responses"][response["$ref"].rpartition("/")[2]]
            said = render.paragraphs_html(failure["description"])
        else:
            [(kind, content)] = response["content"].items()
            schema = content["schema"]
            data = schema.get("properties", {}).get("data") if kind == "application/json" else None
            said = f"<p>{render.type_html(data or schema) if kind == 'application/json' else escape(kind)}</p>"
            said = said.replace("<p>null</p>", "<p>nothing</p>")
        rows.append(f'<tr><th scope="row">{status}</th><td>{said}</td></tr>')
    return f"<h4>Answers</h4><table><tbody>{''.join(rows)}</tbody></table>"


# Events


def _events(operations: Mapping[str, Schema], document: Schema) -> str:
    return "".join(_event(name, operation, document) for name, operation in operations.items())


def _event(name: str, operation: Schema, document: Schema) -> str:
    message = _resolve(operation["messages"][0], document)
    channel = _resolve(operation["channel"], document)
    replies = [_resolve(reply, document) for reply in operation.get("reply", {}).get("messages", ())]
    examples = "".join(_example(example["payload"]) for example in message.get("examples", ()))
    acks = "".join(
        f'<tr><th scope="row">{escape(reply["title"].rpartition(": ")[2])}</th>'
        f"<td>{_payload(reply['payload'])}{_codes(reply)}</td></tr>"
        for reply in replies
    )
    return (
        f'<article id="{escape(name)}"><h3>{render.code(message["name"])} '
        f'<span class="hint">on {escape(channel["address"])}</span></h3>'
        f"<p>{render.inline(message['summary'])}</p>"
        f"<h4>{'Arguments' if isinstance(message['payload'].get('items'), list) else 'Payload'}</h4>"
        f"{_payload(message['payload'])}{examples}"
        + (f"<h4>Ack</h4><table><tbody>{acks}</tbody></table>" if acks else "")
        + "</article>"
    )


def _codes(reply: Schema) -> str:
    return (
        render.paragraphs_html(reply["summary"].replace("; `", "\n\n`")) if reply["title"].endswith(": failed") else ""
    )


def _payload(payload: Schema) -> str:
    items = payload.get("items")
    if isinstance(items, list):
        return f"<p>{', '.join(render.type_html(_base(item)) for item in items)}</p>"
    if "oneOf" in payload:
        return "".join(render.fields(choice) for choice in payload["oneOf"][:1])
    return render.fields(payload)


def _base(schema: Schema) -> Schema:
    found: Schema = schema["allOf"][0] if "allOf" in schema else schema
    return found


def _resolve(reference: Mapping[str, str], document: Schema) -> Schema:
    place: Any = document
    for part in reference["$ref"].removeprefix("#/").split("/"):
        place = place[part]
    found: Schema = place
    return found
