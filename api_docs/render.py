"""Rendering of JSON Schema as HTML for people."""

import json
import re
from html import escape
from typing import Any

from api_docs.schemas import Schema, without_null


def paragraphs_html(text: str) -> str:
    """Return text as HTML; backticks mark code, and empty lines separate paragraphs."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "".join(f"<p>{_codes(escape(part, quote=False))}</p>" for part in paragraphs if part)


def inline(text: str) -> str:
    """Return text as one line of HTML; backticks mark code."""
    return _codes(escape(" ".join(text.split()), quote=False))


def code(text: Any) -> str:
    """Return a value as an HTML code element."""
    return f"<code>{escape(str(text), quote=False)}</code>"


def type_html(schema: Schema) -> str:
    """Return the type and bounds of a value as HTML, with links to named types."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if choices := schema.get("anyOf"):
        return " or ".join(type_html(choice) for choice in choices)
    if "const" in schema:
        return code(_json(schema["const"]))
    if "enum" in schema:
        return ", ".join(code(_json(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items")
        return f"list of {type_html(items)}" if isinstance(items, dict) else "list"
    return ", ".join(filter(None, (schema.get("type", "anything"), schema.get("format"), _bounds(schema))))


def fields(schema: Schema) -> str:
    """Return the fields of an object as an HTML table; "" if it has none."""
    if not schema.get("properties"):
        return ""
    required = schema.get("required", ())
    rows = [_field(name, field, is_required=name in required) for name, field in schema["properties"].items()]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _field(name: str, schema: Schema, *, is_required: bool) -> str:
    schema = schema if is_required else without_null(schema)
    optional = "" if is_required else ' <span class="hint">optional</span>'
    default = f' <span class="hint">{code(_json(schema["default"]))} if absent</span>' if "default" in schema else ""
    about = f'<p class="hint">{inline(schema["description"])}</p>' if "description" in schema else ""
    return f'<tr><th scope="row">{code(name)}{optional}</th><td>{type_html(schema)}{default}{about}</td></tr>'


def _bounds(schema: Schema) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    least, most = schema.get("minimum"), schema.get("maximum")
    if longest is not None:
        return f"{shortest:,} to {longest:,} characters"
    if least is not None and most is not None:
        return f"{least:,} to {most:,}" if most < 2**53 - 1 else f"from {least:,}"
    return ""


def _codes(escaped: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
