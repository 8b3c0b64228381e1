"""Bad and good values of queries, as they are written in a URL."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from tests.support.bad_values import STACKED, Value
from tests.support.outcomes import ACCEPTED, DIGITS, INVALID, UNKNOWN

LARGEST_SEQ = 2**53 - 1


def query_number(lowest: int, highest: int) -> Iterator[Value]:
    """Yield values of a number in a query; an empty one is as absent."""
    bad = f"{lowest - 1} {highest + 1} -2 abc NaN Infinity 1e999 1.5 0x1 1_0 true [] {{}} 9223372036854775808"
    for raw in bad.split():
        yield Value(raw, raw.encode(), INVALID)
    for name, raw in {"a NUL": "1%00", "a blank": "%201", "no UTF-8": "%FF", "a wide digit": "%EF%BC%91"}.items():
        yield Value(name, raw.encode(), INVALID)
    yield Value("5,000 digits", DIGITS, INVALID)
    yield from (Value(f"{good!r}", good.encode(), ACCEPTED) for good in ("", f"{lowest}", f"{highest}"))


SEARCHED_PAGE: Mapping[str, list[Value]] = {
    "search": [
        *(Value(name, raw, INVALID) for name, raw in {"a NUL": b"a%00b", "a line break": b"a%0Ab"}.items()),
        Value("one character too long", b"x" * 101, INVALID),
        Value("7,000 characters", b"x" * 7000, INVALID),
        Value("as long as may be", b"x" * 100, ACCEPTED),
        Value("as long as may be, astral", b"%F0%9F%98%80" * 100, ACCEPTED),
        Value("nothing", b"", ACCEPTED),
        Value("what SQL would mind", b"%25_%5C'%22;--", ACCEPTED),
        *(Value(attack, quote(attack, safe="").encode(), ACCEPTED) for attack in STACKED),
        Value("a surrogate in UTF-8, which is left as it is", b"%ED%A0%80", ACCEPTED),
    ],
    "limit": list(query_number(1, 100)),
    "cursor": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
        Value("the id of nothing", UNKNOWN.encode(), ACCEPTED),
        Value("upper case", b"<room:upper>", ACCEPTED),
        Value("nothing", b"", ACCEPTED),
    ],
}

REPORTS_PAGE: Mapping[str, list[Value]] = {
    "status": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("nonsense", "OPEN", "%20open", "open%00", "x" * 7000)),
        *(Value(raw, raw.encode(), ACCEPTED) for raw in ("open", "resolved", "")),
    ],
    "before": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
        Value("the id of nothing", UNKNOWN.encode(), ACCEPTED),
        Value("upper case", b"<room:upper>", ACCEPTED),
        Value("nothing", b"", ACCEPTED),
    ],
    "limit": list(query_number(1, 100)),
}
