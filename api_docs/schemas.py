"""JSON Schema (2020-12) of payloads and records, generated from their types and text rules."""

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect

from domain.base import Payload, Rule
from text import normalise

Schema = dict[str, Any]

REF_PREFIX = "#/components/schemas/"


class MissingSchema(LookupError):
    """A type or rule of the API has no schema; a programming error."""


class Schemas:
    """Schemas of a set of types.

    Attributes:
        components: schemas of the named types, by name.
    """

    def __init__(self, types: Iterable[Any]) -> None:
        self._types = list(dict.fromkeys(types))
        schemas, self.components = msgspec.json.schema_components(self._types, ref_template=REF_PREFIX + "{name}")
        self._schemas = dict(zip(self._types, schemas, strict=True))
        for shape in _structs(inspect.multi_type_info(self._types)):
            if shape.__name__ not in self.components:
                raise MissingSchema(f"two types are called {shape.__name__}")
            self.components[shape.__name__]["description"] = cleandoc(shape.__doc__ or "")
            if issubclass(shape, Payload):
                _add_rules(shape, self.components[shape.__name__])
            else:
                _add_required(shape, self.components[shape.__name__])

    def of(self, shape: Any) -> Schema:
        """Return the schema of one of the types; a reference if the type has a name."""
        found: Schema = self._schemas[shape]
        return found

    def properties(self, shape: type[Payload]) -> Mapping[str, Schema]:
        """Return the schemas of a body's fields by their names on the wire; without null, which counts as absent."""
        properties = self.components[shape.__name__]["properties"]
        return {name: without_null(schema) for name, schema in properties.items()}


def of_rule(rule: Rule) -> Schema:
    """Return the JSON Schema of a text rule.

    Raises:
        MissingSchema: the rule has no `json_schema`.
    """
    try:
        return dict(normalise.SCHEMAS[rule])
    except KeyError:
        raise MissingSchema(f"{rule.__name__} has no `json_schema` in text/normalise.py") from None


def first_sentence(what: object) -> str:
    """Return the first paragraph of an object's docstring, in one line."""
    return " ".join(cleandoc(what.__doc__ or "").partition("\n\n")[0].split())


def _add_rules(shape: type[Payload], schema: Schema) -> None:
    """Add the schemas of the text rules, and the example."""
    names = dict(zip(shape.__struct_fields__, shape.__struct_encode_fields__, strict=True))
    for name, rule in shape.RULES.items():
        field = schema["properties"][names[name]]
        of_text = next(choice for choice in field.get("anyOf", [field]) if choice.get("type") == "string")
        of_text.update(of_rule(rule))
    for field in schema["properties"].values():
        if field.get("default", ...) is None:
            del field["default"]
    if shape.EXAMPLE:
        schema["examples"] = [dict(shape.EXAMPLE)]


def _add_required(shape: type[msgspec.Struct], schema: Schema) -> None:
    """List the fields that are always sent as required: all except fields that are omitted at their default."""
    fields = msgspec.structs.fields(shape)
    schema["required"] = [
        field.encode_name
        for field in fields
        if field.required or not (shape.__struct_config__.omit_defaults or field.default is msgspec.UNSET)
    ]
    for field in schema["properties"].values():
        field.pop("default", None)


def without_null(schema: Schema) -> Schema:
    """Return the schema of an optional field without null, which counts as absent."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _structs(found: Any) -> Iterator[type[msgspec.Struct]]:
    """Yield every struct that the types contain, each once."""
    waiting, seen = [found], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, (tuple, list)):
            waiting += part
        elif isinstance(part, inspect.StructType):
            if part.cls not in seen:
                seen.add(part.cls)
                yield part.cls
                waiting += [field.type for field in part.fields]
        elif isinstance(part, (inspect.Type, inspect.Field)):
            waiting += [getattr(part, name) for name in part.__struct_fields__]
