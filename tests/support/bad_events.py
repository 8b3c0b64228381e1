"""Events of the bad-input matrix: the cells that follow from the rows of events and fields."""

from tests.cases.bad_input import EVENTS, FIELDS
from tests.support.bad_input import EventCell, json_object, outcome_of, with_value
from tests.support.bad_values import NOT_UTF8, quoted
from tests.support.outcomes import ACCEPTED, DIGITS, INVALID, NO_JSON, ROOM_NOT_FOUND, UNKNOWN, UNKNOWN_EVENT, invalid


def event_cells(event: str) -> list[EventCell]:
    """Return all cells of an event."""
    row = EVENTS[event]
    base = json_object(row.base)
    rest = b"," + base[1:] if row.base else base[1:]  # behind another field
    others = list(row.base)[1:]
    required = [name for name, values in FIELDS[row.argument].items() if values[0].outcome == INVALID]
    by_name = invalid("roomId") if row.named else invalid("")
    found = [
        EventCell(f"argument: {name}", outcome, quoted(event), arguments)
        for name, arguments, outcome in [
            ("none", b"", invalid("")),
            ("null", b",null", invalid("")),
            ("a number", b",1", invalid("")),
            ("5,000 digits", b"," + DIGITS, invalid("")),
            ("1e999", b",1e999", invalid("")),
            ("true", b",true", invalid("")),
            ("a list", b",[" + base + b"]", invalid("")),
            ("an empty list", b",[]", invalid("")),
            *([("an empty object", b",{}", invalid(*required))] if others else []),
            ("nothing", b',""', by_name),
            ("a word", b',"nonsense"', by_name),
            ("a word with a NUL", b',"\\u0000"', by_name),
            ("a lone surrogate", b',"\\ud800"', by_name),
            ("10 kB", quoted("x" * 10_240).join([b",", b""]), by_name),
            ("the id of nothing", b',"' + UNKNOWN.encode() + b'"', ROOM_NOT_FOUND if row.named else invalid("")),
            ("the room's id alone", b',"<room>"', ACCEPTED if row.named else invalid("")),
            ("NaN", b",NaN", NO_JSON),
            ("cut off", b"," + base[:-1], NO_JSON),
            *([("cut off in the middle", b"," + base[: len(base) // 2], NO_JSON)] if row.base else []),
            ("60,000 brackets", b"," + b"[" * 60_000, NO_JSON),
            ("30,000 brackets, closed", b"," + b"[" * 30_000 + b"]" * 30_000, NO_JSON),
            ("a comma too many", b"," + base + b",", NO_JSON),
            ("no comma", base, NO_JSON),
            ("something behind it", b"," + base + b"]x", NO_JSON),
            ("a binary placeholder", b',{"_placeholder":true,"num":0}', invalid(*required) if required else ACCEPTED),
            ("a second argument", b"," + base + b',{"more":[1]}', ACCEPTED),
            ("a second argument of NaN", b"," + base + b",NaN", NO_JSON),
            ("a second argument of 1e999", b"," + base + b",1e999", ACCEPTED),
            ("an unknown field", b',{"userId":"<cleo>"' + rest, ACCEPTED),
            ("an unknown field of 5,000 digits", b',{"x":' + DIGITS + rest, ACCEPTED),
            ("an unknown field of NaN", b',{"x":NaN' + rest, NO_JSON),
            ("a name with a lone surrogate", b',{"\\ud800":1' + rest, invalid("")),
        ]
    ]
    for field, values in FIELDS[row.argument].items():
        found += [
            EventCell(
                f"{field} = {value.name}",
                outcome_of(value, field),
                quoted(event),
                b"," + with_value(row.base, field, value),
                field=field,
            )
            for value in values
            if value.name not in NOT_UTF8  # no text frame carries them: `NO_UTF8`
            if value.raw is not None or field in row.base
        ]
    found.append(EventCell("on the personal namespace", UNKNOWN_EVENT, quoted(event), b"," + base, "/"))
    return found


def unknown_events() -> list[EventCell]:
    """Return cells with unknown events."""
    names = ("", " ", "nonsense", "connect", "disconnect", "message", "error", "room-users", "__init__", "SEND-MESSAGE")
    return [
        EventCell(f"{name[:20]!a}{arguments[:9]!r} on {namespace}", outcome, quoted(name), arguments, namespace)
        for name, outcome in [
            *((name, UNKNOWN_EVENT) for name in (*names, "send-message\0", "\u202e", "x" * 60_000)),
            *((name, NO_JSON) for name in ("\ud800", "\udfffx")),  # no `error` could name it
        ]
        for arguments in (b"", b',{"roomId":"<room>","content":"hello"}')
        for namespace in ("/chat", "/")
    ]
