"""JSON in and out: what is read, what is refused, and that a field which is refused is named."""

import importlib
import json
import math
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, strategies as st

from domain.accounts import UserSummary
from domain.base import Payload
from domain.errors.base import InvalidInput, InvalidJson
from domain.errors.fields import FieldError
from domain.rooms import NewRoom
from runtime import json_codec
from tests.support.paths import ROOT, find_files
from text.violations import ErrorParams

DIGITS = "7" * 5_000

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NEARLY_JSON = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"', "\\u", "\\", "d800", "1", "e9", "-", "null", "NaN", "a", " ", "\ud800"]
    )
).map("".join)
ANY_TEXT = st.text(st.characters(codec=None))
SEQ = "must be a whole number from 0 to 9,007,199,254,740,991", ErrorParams(min=0, max=2**53 - 1)
STATUS = "not_an_option", "must be away or busy", ErrorParams(options=("away", "busy"))
TEXT = "wrong_type", "must be text", ErrorParams(type="string")
OBJECT = "wrong_type", "must be a JSON object", ErrorParams(type="object")
NAMES = st.sampled_from(["firstName", "note", "seq", "status", "x"]) | ANY_TEXT


class Shape(msgspec.Struct, rename="camel"):
    """One field of each kind that bodies have."""

    first_name: str
    note: str | None = None
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0
    status: Literal["busy", "away"] | None = None


def _shape(**fields: object) -> dict[str, object]:
    return {"firstName": "Ada", **fields}


@given(raw=st.binary() | NEARLY_JSON | NEARLY_JSON.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_is_read_or_is_no_json(raw):
    with suppress(InvalidJson):
        json_codec.loads(raw)


@given(raw=st.binary() | NEARLY_JSON | JSON.map(json.dumps))
def test_whatever_comes_has_the_shape_or_is_refused(raw):
    with suppress(InvalidJson, InvalidInput):
        assert isinstance(json_codec.decode(raw, Shape), Shape)


@given(value=st.dictionaries(NAMES, JSON | ANY_TEXT))
@pytest.mark.slow
def test_a_refused_field_is_one_of_the_shape_and_can_be_said(value):
    try:
        json_codec.convert(value, Shape)
    except InvalidInput as refusal:
        named, message = {error.field for error in refusal.errors}, refusal.message
    else:
        return

    assert named <= {"firstName", "note", "seq", "status", "x", ""}
    assert message.encode()


@given(value=JSON)
def test_what_is_written_is_read_again(value):
    assert json_codec.loads(json_codec.dumps(value)) == json.loads(json.dumps(value))
    assert json_codec.loads(json.dumps(value)) == json.loads(json.dumps(value))


def test_records_are_written_in_camel_case_and_utf8():
    sender = UserSummary(id="1", name="Zoë")
    assert json_codec.dumps({"users": [sender]}) == '{"users":[{"id":"1","name":"Zoë","avatar":null}]}'.encode()


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "NaN",
        "Infinity",
        "-Infinity",
        '{"x": NaN}',
        '{"firstName": "Ada", "x": NaN}',
        '{"firstName": "Ada"',
        '{"firstName": "Ada",}',
        '{"firstName": "Ada"} x',
        "{'firstName': 'Ada'}",
        '{"firstName": "a\nb"}',
        '{"firstName": "a\0b"}',
        "\ufeff{}",
        "01",
        "undefined",
        "\ud800",
        b'{"firstName": "\xff"}',
        b'{"firstName": "Ada", "x": "\xff"}',
        b'{"firstName": "Ada", "x": "\xed\xa0\x80"}',
        '{"firstName": "Ada"}'.encode("utf-16"),
        "[" * 60_000,
        "[" * 30_000 + "]" * 30_000,
        '{"firstName": "Ada", "x": ' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"a":' * 10_000 + "1" + "}" * 10_000,
    ],
)
def test_what_is_no_json_is_refused_wherever_it_stands(raw):
    for read in (json_codec.loads, lambda raw: json_codec.decode(raw, Shape)):
        with pytest.raises(InvalidJson):
            read(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('"\\ud800"', "\ud800"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ("9223372036854775808", 2**63),
        ("18446744073709551616", 2**64),
        ("-9223372036854775809", -(2**63) - 1),
        ("1e999", math.inf),
        ("-1e999", -math.inf),
        (DIGITS, math.inf),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (" \r\n\t1 ", 1),
    ],
)
def test_what_is_json_is_read_though_it_is_odd(raw, value):
    assert json_codec.loads(raw) == json_codec.loads(raw.encode()) == value


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({}, ("firstName", "required", "is required")),
        ({"first_name": "Ada"}, ("firstName", "required", "is required")),
        ({"firstName": None}, ("firstName", "required", "is required")),
        ({"firstName": 1}, ("firstName", *TEXT)),
        ({"firstName": []}, ("firstName", *TEXT)),
        (_shape(note=1.5), ("note", *TEXT)),
        (_shape(seq=True), ("seq", "not_an_integer", *SEQ)),
        (_shape(seq="1"), ("seq", "not_an_integer", *SEQ)),
        (_shape(seq=-1), ("seq", "out_of_range", *SEQ)),
        (_shape(seq=2**63), ("seq", "out_of_range", *SEQ)),
        (_shape(seq=1e99), ("seq", "out_of_range", *SEQ)),
        (_shape(seq=0.5), ("seq", "not_an_integer", *SEQ)),
        (_shape(status="x" * 60_000), ("status", *STATUS)),
        (_shape(status={}), ("status", *STATUS)),
        ([], ("", *OBJECT)),
        (None, ("", *OBJECT)),
        ("Ada", ("", *OBJECT)),
        (5, ("", *OBJECT)),
    ],
)
def test_a_field_of_another_type_is_named(value, error):
    for refuse in (lambda: json_codec.convert(value, Shape), lambda: json_codec.decode(json.dumps(value), Shape)):
        with pytest.raises(InvalidInput) as refused:
            refuse()
        assert refused.value.errors == (FieldError(*error),)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (_shape(status="\ud800"), ["status"]),
        (_shape(seq="\udfff"), ["seq"]),
        (_shape(status="\ud800", seq="\ud800"), ["seq", "status"]),
        ({"\ud800": 1, **_shape()}, [""]),
        ({"\ud800": "\ud800", **_shape()}, [""]),
    ],
)
def test_a_lone_surrogate_where_it_can_be_compared_with_nothing_is_refused(value, fields):
    for refuse in (lambda: json_codec.convert(value, Shape), lambda: json_codec.decode(json.dumps(value), Shape)):
        with pytest.raises(InvalidInput) as refused:
            refuse()
        assert [error.field for error in refused.value.errors] == fields


def test_convert_two_wrong_types_and_a_broken_rule_names_all():
    wrong = {"name": " ", "subject": 5, "capacity": 2.5, "visibility": "secret", "retentionDays": None}
    for refuse in (lambda: json_codec.convert(wrong, NewRoom), lambda: json_codec.decode(json.dumps(wrong), NewRoom)):
        with pytest.raises(InvalidInput) as refused:
            refuse()
        assert refused.value.errors == (
            FieldError("name", "empty", "must not be empty"),
            FieldError("subject", *TEXT),
            FieldError(
                "visibility", "not_an_option", "must be private or public", ErrorParams(options=("private", "public"))
            ),
            FieldError(
                "capacity",
                "not_an_integer",
                "must be a whole number from 1 to 10,000",
                ErrorParams(min=1, max=10_000),
            ),
        )


def test_a_lone_surrogate_in_free_text_is_for_the_texts_rule():
    assert json_codec.decode('{"firstName": "\\ud800", "x": "\\ud800"}', Shape).first_name == "\ud800"


@pytest.mark.parametrize("odd", [DIGITS, "1e999", "18446744073709551616", '"\\ud800"', "[[[1]]]"])
def test_unknown_fields_are_ignored_whatever_they_hold(odd):
    assert json_codec.decode('{"x": ' + odd + ', "firstName": "Ada"}', Shape) == Shape("Ada")


def test_in_a_query_numbers_are_text():
    assert json_codec.convert({"firstName": "7", "seq": "7"}, Shape, strict=False) == Shape("7", seq=7)
    no_integers = dict.fromkeys(("x", "", "NaN", "1.5", "0x1"), "not_an_integer")
    for bad, code in {**no_integers, **dict.fromkeys(("-1", "9223372036854775808", DIGITS), "out_of_range")}.items():
        with pytest.raises(InvalidInput) as refused:
            json_codec.convert({"firstName": "7", "seq": bad}, Shape, strict=False)
        assert [(error.field, error.code) for error in refused.value.errors] == [("seq", code)]


def bodies():
    """Return every request body of domain/."""
    paths = (file.relative_to(ROOT).with_suffix("") for file in find_files("domain/*.py"))
    modules = [importlib.import_module(".".join(path.parts).removesuffix(".__init__")) for path in paths]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return sorted((body for body in found if issubclass(body, Payload)), key=lambda body: body.__name__)


def integer_fields():
    """Return every body with each of its fields that is an integer, and the least value of that."""
    found = []
    for body in bodies():
        for field in msgspec.inspect.type_info(body).fields:
            kinds = getattr(field.type, "types", (field.type,))
            found += [(body, field.encode_name, kind.ge) for kind in kinds if isinstance(kind, msgspec.inspect.IntType)]
    return found


def other_fields(body, name):
    """Return values for the other required fields."""
    known = {"roomId": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "Calculus", "content": "Hello"}
    known |= {"action": "configure", "version": 0, "title": "Essay"}
    known |= {"startsAt": "2026-12-07T17:00", "minutes": 90, "timeZone": "Europe/Berlin"}
    return {field.encode_name: known[field.encode_name] for field in msgspec.inspect.type_info(body).fields
            if field.required and field.encode_name != name}  # fmt: skip


def test_integers_are_found_in_bodies():
    names = {name for _, name, _ in integer_fields()}
    assert names >= {"capacity", "retentionDays", "limit", "uses", "expiresIn", "seconds", "seq", "since", "page"}


@pytest.mark.parametrize(
    ("body", "name", "least"), integer_fields(), ids=lambda value: getattr(value, "__name__", value)
)
def test_integral_number_is_an_integer(body, name, least):
    others = json.dumps(other_fields(body, name))[1:-1]
    comma = "," if others else ""
    for spelled in (f"{least}.0", f"{least}.0e0", f"{least * 10}e-1"):
        read = json_codec.decode(f'{{"{name}":{spelled}{comma}{others}}}', body)
        value = msgspec.to_builtins(read)[name]
        assert (type(value), value) == (int, least)
    for spelled in (
        f"{least}.5",
        "1e400",
        "-1e400",
        "1e99",
        f"{least - 1}.0",
        "9007199254740992.0",
        "9007199254740993.0",
    ):
        with pytest.raises(InvalidInput) as refused:
            json_codec.decode(f'{{"{name}":{spelled}{comma}{others}}}', body)
        [error] = refused.value.errors
        assert error.field == name
        assert error.message.startswith("must be a whole number from ")


@pytest.mark.parametrize("given", [True, "10", [10.0], {"a": 10.0}, math.inf, math.nan])
def test_other_values_are_no_integers(given):
    with pytest.raises(InvalidInput):
        json_codec.convert({"name": "Calculus", "capacity": given}, NewRoom)
