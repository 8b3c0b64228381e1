"""Rules of text/normalise.py, each with generated and with real texts."""

import unicodedata
from functools import cache

import pytest
from hypothesis import given, strategies as st

from tests.support.alike import ALIKE, DIFFERENT
from tests.support.page_modules import run_in_node
from text import normalise

LINES = {
    "line": normalise.line,
    "name": normalise.name,
    "person_name": normalise.person_name,
    "optional_line": normalise.optional_line,
    "email": normalise.email,
    "link": normalise.link,
    "token": normalise.opaque_token,
    "refresh_token": normalise.refresh_token,
}
PARAGRAPHS = {"paragraph": normalise.paragraph, "content": normalise.content}
PASSWORDS = {"password": normalise.password, "any_password": normalise.any_password}
RULES = LINES | PARAGRAPHS | PASSWORDS

ADDRESSES = st.builds("{}@{}".format, st.text(min_size=1, max_size=250), st.text(min_size=1, max_size=5))
ANYTHING = st.one_of(
    st.text(st.characters(codec=None)),
    st.text(
        st.sampled_from(" \t\r\n\0\x1f\x85\xa0\u0301\u0958\u0130\u1e9e\u200b\u200d\u202e\u2028\ufeff\ud800\U0001f600ae")
    ),
    ADDRESSES,
    st.text().map("/".__add__),
)


@pytest.mark.parametrize(
    "spellings",
    [
        ("ada@example.org", "ADA@Example.ORG", "ada@example.org.", "\uff41da@example\uff0eorg", "ada@example\u3002org"),
        (
            "ada@b\u00fccher.example",
            "ada@BU\u0308CHER.example",
            "ada@xn--bcher-kva.example",
            "ada@XN--BCHER-KVA.example",
        ),
        ("ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"),
        ("stra\u00dfe@example.org", "STRASSE@example.org"),
        ("\u0130rem@example.org", "irem@example.org"),
        ("ada@under_score.example", "ada@UNDER_SCORE.example."),
    ],
)
def test_email_key_is_the_same_for_every_spelling(spellings):
    assert len({normalise.email_key(normalise.email(email)) for email in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ada+1@example.org"),
        ("ada@example.org", "a.da@example.org"),
        ("ada@stra\u00dfe.example", "ada@strasse.example"),
        ("ada@example.org", "ad\u00e0@example.org"),
        ("ada@example.org", "ada@mail.example.org"),
    ],
)
def test_email_key_differs_for_other_mailboxes(one, other):
    assert normalise.email_key(normalise.email(one)) != normalise.email_key(normalise.email(other))


@given(raw=ADDRESSES)
def test_email_key_is_its_own_key(raw):
    key = normalise.email_key(raw)
    assert normalise.email_key(key) == key


@pytest.mark.parametrize("name", RULES)
@given(raw=ANYTHING)
def test_what_is_kept_is_clean_and_passes_again_unchanged(name, raw):
    rule = RULES[name]
    try:
        kept = rule(raw)
    except ValueError:
        return

    assert rule(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    allowed = "\n\t" if name in PARAGRAPHS else ""
    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed]
    if name not in PASSWORDS:
        assert kept == kept.strip()


@given(raw=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=80))
def test_a_line_keeps_all_that_is_no_control_character(raw):
    composed = unicodedata.normalize("NFC", raw).strip()
    assert normalise.optional_line(raw) in {composed, ""}


@pytest.mark.parametrize("control", ["\0", "\x07", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\ud800"])
@pytest.mark.parametrize("shape", ["{}abcdefghijk", "abcde{}fghijk", "abcdefghijk{}"])
@pytest.mark.parametrize("name", RULES)
def test_a_control_character_is_refused_wherever_it_stands_and_named(name, shape, control):
    with pytest.raises(ValueError, match=f"U\\+{ord(control):04X}"):
        RULES[name](shape.format(control))


@pytest.mark.parametrize(
    "name",
    [
        "Zoë",
        "Nguyễn Thị Minh",
        "عائشة",
        "דָּוִד",
        "李小龍",
        "Siân O'Neil-Łuć",
        "محمد (Mo)",
        "\u2067עדה\u2069 Lovelace",
        "नेहा\u200d",
        "👩\u200d🎓 Ada",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "X Æ A-12",
        "\ue000 private",
        "\U000e01f0 unassigned",
        "not a character \ufffe",
    ],
)
def test_a_name_is_kept_as_it_is_written(name):
    assert normalise.line(name) == name
    assert normalise.content(name) == name


@pytest.mark.parametrize(
    "unseen",
    [
        "",
        " ",
        "\t\r\n",
        "\u00a0",
        "\u3000",
        "\u200b",
        "\ufeff",
        " \u200b \u200d ",
        "\u2067\u2069",
        "\u2028\u2029",
        "\u00ad",
    ],
)
def test_what_nobody_can_see_is_empty(unseen):
    assert normalise.paragraph(unseen) == ""
    for rule in (normalise.line, normalise.content, normalise.opaque_token):
        with pytest.raises(ValueError, match="must not be empty"):
            rule(unseen)


def test_lines_in_which_nobody_can_see_anything_are_empty():
    assert normalise.paragraph(" \u200b\n\u200d\t") == ""


def test_characters_are_counted_as_kept():
    assert normalise.line("e\u0301" * 80) == "é" * 80
    assert normalise.content("\U0001f600" * 4000) == "\U0001f600" * 4000
    assert normalise.content(" " * 5000 + "x") == "x"
    for rule, longest in (
        (normalise.line, 80),
        (normalise.paragraph, 1000),
        (normalise.content, 4000),
        (normalise.opaque_token, 100),
    ):
        assert len(rule("x" * longest)) == longest
        with pytest.raises(ValueError, match=f"at most {longest:,} characters"):
            rule("x" * (longest + 1))
    with pytest.raises(ValueError, match="at most 80 characters"):
        normalise.line("\u0958" * 41)  # two characters each, once composed


def test_line_breaks_become_one_newline():
    assert normalise.content("a\r\nb\rc\n\n\td\r\n") == "a\nb\nc\n\n\td"
    with pytest.raises(ValueError, match=r"U\+000A"):
        normalise.line("a\nb")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada@Example.ORG\n", "ada@example.org"),
        ("ada+study@example.org", "ada+study@example.org"),
        ("o'neil_1.x-y@mail.example.co.uk", "o'neil_1.x-y@mail.example.co.uk"),
        ("!#$%&*/=?^`{|}~@example.org", "!#$%&*/=?^`{|}~@example.org"),
        ("ada@localhost", "ada@localhost"),
        ("дарья@почта.рф", "дарья@почта.рф"),
        ("JOSE\u0301@example.org", "josé@example.org"),
        ("\u0130REM@\u0130zmir.example", "irem@izmir.example"),
        ("i\u0307rem@i\u0307zmir.example", "irem@izmir.example"),
        ("\u039f\u0394\u039f\u03a3@example.org", "\u03bf\u03b4\u03bf\u03c2@example.org"),
        ("\u212aarl@example.org", "karl@example.org"),
        ("\u0131@stra\u00dfe.example", "\u0131@stra\u00dfe.example"),  # letters of their own, as in a domain
    ],
)
def test_an_address_is_kept_in_lower_case(address, kept):
    assert normalise.email(address) == kept


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "@",
        "ada@",
        "@example.org",
        "a@b@c",
        "a b@example.org",
        "Ada <ada@example.org>",
        "a@example.org, b@example.org",
        "a;b@example.org",
        "x" * 243 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r"must be an email address|at (least 3|most 254) characters"):
        normalise.email(address)


def test_a_password_keeps_its_blanks_and_is_composed():
    assert normalise.password(" ten chars ") == " ten chars "
    assert normalise.password("pass e\u0301 word") == "pass é word"
    assert normalise.any_password("x") == "x"
    for rule, bad in ((normalise.password, "x" * 9), (normalise.password, "x" * 129), (normalise.any_password, "")):
        with pytest.raises(ValueError, match="must"):
            rule(bad)


@pytest.mark.parametrize(
    "address", ["", "/a.png", "https://example.org/a.png", "http://example.org", "HTTPS://X.EXAMPLE"]
)
def test_a_picture_is_on_this_server_or_on_the_web(address):
    assert normalise.link(f" {address} ") == address


@pytest.mark.parametrize("address", ["javascript:alert(1)", "JavaScript:x", "data:image/png,x", "a.png", "\\\\host\\a"])
def test_a_picture_is_nowhere_else(address):
    with pytest.raises(ValueError, match="must start with"):
        normalise.link(address)


ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize("spelling", [ID, ID.upper(), ID.replace("-", ""), "{" + ID + "}", f"urn:uuid:{ID}"])
def test_an_id_is_kept_in_one_spelling(spelling):
    assert normalise.uuid(spelling) == ID


@given(raw=ANYTHING)
def test_any_other_text_is_no_id(raw):
    with pytest.raises(ValueError, match="must be a UUID"):
        normalise.uuid(raw)


@pytest.mark.parametrize("raw", [ID[:-1], ID + "0", ID + "\0", ID[:-1] + "g", ID[:-1] + "\ud800", "0" * 10_000])
def test_what_is_nearly_an_id_is_none(raw):
    with pytest.raises(ValueError, match="must be a UUID"):
        normalise.uuid(raw)


def test_words_are_compared_without_case_and_compatibility():
    for one, other in (
        ("STRASSE", "straße"),
        ("ﬁnal", "FINAL"),
        ("\uff2d\uff41\uff54\uff48\uff53", "maths"),
        ("É", "e\u0301"),
        ("Ⅳ", "iv"),
    ):
        assert normalise.casefold(normalise.line(one)) == normalise.casefold(normalise.line(other))
    with pytest.raises(ValueError, match="at most 100 characters"):
        normalise.search("x" * 101)


@pytest.mark.parametrize(("sought", "name"), ALIKE)
def test_search_key_is_the_same_for_alike_texts(sought, name):
    assert normalise.search_key(sought) == normalise.search_key(name)


@pytest.mark.parametrize(("sought", "name"), DIFFERENT)
def test_search_key_differs_for_different_texts(sought, name):
    assert normalise.search_key(sought) not in normalise.search_key(name)


@given(raw=st.text(st.characters(codec="utf-8")))
def test_search_key_of_a_search_key_is_itself(raw):
    key = normalise.search_key(raw)
    assert normalise.search_key(key) == key


@cache
def assigned():
    """Return all characters of Unicode, without those for private use."""
    return [one for one in map(chr, range(0x110000)) if unicodedata.category(one) not in {"Cn", "Co", "Cs"}]


def test_search_key_is_the_same_for_every_case_of_a_letter():
    for letter in assigned():
        cases = {letter.upper(), letter.lower(), letter.title(), unicodedata.normalize("NFD", letter)}
        for other in cases - {letter}:
            assert normalise.search_key(other) == normalise.search_key(letter), letter


@pytest.mark.processes
def test_search_key_of_the_page_is_that_of_the_server():
    texts = [*assigned(), *(words for pair in ALIKE + DIFFERENT for words in pair), "\u0301", ""]
    texts = [one for one in texts if not any("CHEROKEE" in unicodedata.name(c, "") for c in one)]  # folds to capitals
    keys = run_in_node('const { searchKey } = await load("core/search-key"); return given.map(searchKey);', texts)
    assert {one: key for one, key in zip(texts, keys, strict=True) if key != normalise.search_key(one)} == {}


@given(raw=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=100))
def test_words_are_found_composed_or_not(raw):
    try:
        found = normalise.search(raw)
    except ValueError:
        return
    assert normalise.search(unicodedata.normalize("NFD", raw)) == found


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"),
        ("  a\r\nb\tc\x00\x7f\x1b[31m ", "a  b c[31m"),
        ("one\u202eowt\u2066\ufeff\u200b", "oneowt"),
        ("\udcff\ud800 caf\u0065\u0301", "café"),
        ("x" * 70_000, "x" * 200),
        ("x" * 199 + "  y", "x" * 199),
        ("\u0958" * 200, "\u0915\u093c" * 100),
        ("", ""),
    ],
)
def test_what_a_client_calls_itself_is_one_line_that_can_be_shown(header, kept):
    assert normalise.user_agent(header) == kept
