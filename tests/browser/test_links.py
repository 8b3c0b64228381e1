"""Links in messages: recognition and boundaries."""

# ruff: noqa: RUF001 - letters and marks of all kinds are the subject

import pytest

from tests.support.page_modules import run_in_node

pytestmark = pytest.mark.slow

LINKS = """
const { withLinks } = await load("core/links");
return given.map((text) => {
    const pieces = withLinks(text);
    if (pieces.map((piece) => piece.text).join("") !== text) throw Error(`not the whole text: ${text}`);
    return pieces.filter(({ href }) => href).map(({ text, href }) => [text, href]);
});
"""
A = "https://example.org/a"
QUOTES = ("„“", "„”", "“”", "»«", "«»", "‹›", "›‹", "‘’", "‚‘", "''", '""', "``")
BRACKETS = ("「」", "『』", "《》", "〈〉", "【】", "（）", "〔〕", "［］", "｛｝", "()", "[]", "{}", "<>")
ENDINGS = (".", ",", ";", ":", "!", "?", "?!", "...", "…", ".)", ").", "'", "**", "_", "~", "|", "(")
# what is typed -> the only link in it
ONE = {
    # quotes, typographic and plain
    **{f"{opening}{A}{closing}": A for opening, closing in QUOTES},
    **{f"{opening}{A}{closing} x": A for opening, closing in BRACKETS},
    # full-width and other punctuation, with and without a blank before
    **{f"见 {A}{mark}下一句": A for mark in "。，、；：？！．…｡､～"},
    f"见{A}。下一句": A,
    f"{A}（注）": A,
    f"вот{A}": A,
    f"{A}، ب": A,
    f"{A}؟": A,
    f"{A}। x": A,
    f"{A} next": A,
    f"{A}\u3000下": A,
    f"{A}\u202eb": A,
    f"{A}\u200bb": A,
    f"{A}—but": A,
    # punctuation at the end
    **{f"see {A}{mark}": A for mark in ENDINGS},
    "https://example.org.": "https://example.org",
    "https://example.org/?": "https://example.org/",
    # brackets are counted
    "(https://example.org/x_(y))": "https://example.org/x_(y)",
    "https://example.org/x_(y).": "https://example.org/x_(y)",
    "[see https://example.org/a[1]]": "https://example.org/a[1]",
    "[x](https://example.org/a)y": A,
    "https://example.org/?b=(c)&d=[e]": "https://example.org/?b=(c)&d=[e]",
    # part of an address
    **{address: address for address in (
        "https://example.org/a?b=c&d", "https://example.org/#!/x", "https://example.org/a's", "https://example.org/a|b",
        "https://example.org/wiki/C++", "https://example.org/=", "HTTPS://EXAMPLE.ORG/A", "https://example.org/a,b;c",
        "https://zh.wikipedia.org/wiki/數學", "https://en.wikipedia.org/wiki/Erdős–Rényi_model", "https://example.org/😀/x",
        "https://he.wikipedia.org/wiki/צה״ל", "https://fa.wikipedia.org/wiki/می\u200cخواهم",
        "https://ja.wikipedia.org/wiki/ア・ア",
        "https://web.archive.org/web/2020/https://example.org/", "https://example.org/?u=https://example.net/",
    )},
    # hosts
    **{address: address for address in (
        "https://bücher.example/straße", "https://例え.jp/パス", "https://пример.рф/путь", "http://localhost:5000/rooms",
        "http://192.168.0.1/a", "http://[::1]:5000/a", "http://[fe80::1]/", "http://school/a", "http://a_b.example.org/",
        "https://example.org:443",
    )},
    "https://example.org下一句": "https://example.org",
    "_https://example.org/a_": "https://example.org/a",
    "__https://example.org/a__": "https://example.org/a",
    "http://localhost是": "http://localhost",
    "https://example.org:": "https://example.org",
    "https://example.org\\@example.net": "https://example.org",
    "https://example.org/\ud83d": "https://example.org/",
}  # fmt: skip
BARE = {
    "www.example.org": "www.example.org",
    "WWW.EXAMPLE.ORG/A?b=c.": "WWW.EXAMPLE.ORG/A?b=c",
    "(www.example.org:8080/x)": "www.example.org:8080/x",
    "见www.example.org，下": "www.example.org",
    "_www.example.org_": "www.example.org",
    "www.example.org下": "www.example.org",
}
MAIL = {
    "ada@example.org": "ada@example.org",
    "ada.b+c@example.org,": "ada.b+c@example.org",
    "<ada@example.org>": "ada@example.org",
    "'ada@example.org'": "ada@example.org",
    "邮箱ada@example.org。": "ada@example.org",
    "E-Mail:ada@bücher.example": "ada@bücher.example",
    "x_y@example.co.uk.": "x_y@example.co.uk",
}
NONE = [
    "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "ftp://www.example.org", "ftp://user@example.org",
    "ftp://user:word@example.org", "//example.org", "example.org", "README.md", "1.5", "xhttps://example.org",
    "git+https://example.org", "https://", "https://.", "http://[::1", "https://example.org:99999/", "www.",
    "www.example", "www..org", "xwww.example.org", "@", "@ada", "a@b", "ada@example.c", "ada@192.168.0.1",
    # who reads the user name takes it for the host
    "https://user:word@example.org/a", "http://user:wo@rd@example.org/", "https://school.example@evil.example/",
    "https://school.example%2f@evil.example", "https://@evil.example/", "https://school.example:443@evil.example/a",
    "see https://school.example@evil.example, or", "https://a@b@www.evil.example/",
    "https://%65vil.example", "https://school%00.example", "https:\\\\evil.example", "https:evil.example",
    "www.school.example@evil.example", "\u0430dmin@school.example",
    "x_www.example.org", "a..b@example.org", "ada@example.org@example.net", "mailto:", "",
]  # fmt: skip


def test_web_address_ends_where_its_sentence_goes_on():
    found = run_in_node(LINKS, list(ONE))
    assert {typed: [text for text, _ in links] for typed, links in zip(ONE, found, strict=True)} == {
        typed: [text] for typed, text in ONE.items()
    }
    assert all(href.startswith(("http://", "https://")) for links in found for _, href in links)


def test_several_links_in_one_text_are_apart():
    text = "https://example.org/a,https://example.net/b www.example.org;http://example.com ada@example.org"
    [found] = run_in_node(LINKS, [text])
    assert [text for text, _ in found] == [
        "https://example.org/a", "https://example.net/b", "www.example.org", "http://example.com", "ada@example.org",
    ]  # fmt: skip


def test_bare_address_and_email_become_links():
    found = run_in_node(LINKS, [*BARE, *MAIL, "mailto:ada@example.org", "mailto:a%b@example.org"])
    assert [[text for text, _ in links] for links in found] == [
        *([text] for text in (BARE | MAIL).values()),
        ["mailto:ada@example.org"],
        ["mailto:a%b@example.org"],
    ]
    hrefs = [href for links in found for _, href in links]
    assert hrefs[0] == "http://www.example.org/"
    assert hrefs[len(BARE)] == hrefs[-2] == "mailto:ada@example.org"
    assert hrefs[-1] == "mailto:a%25b@example.org"


def test_other_schemes_and_fragments_are_text():
    assert run_in_node(LINKS, NONE) == [[]] * len(NONE)


SLOW = """
const { withLinks } = await load("core/links");
const took = (text, tries) => {
    let best = Infinity;
    while (tries--) {
        const began = performance.now();
        withLinks(text);
        best = Math.min(best, performance.now() - began);
    }
    return best;
};
// the best of nine, as other processes take time, too; eight times the text takes some eight times as long, and 64
// times where all is looked at again and again
const isSlow = (text, tries) => took(text(32_000), tries) > 25 * Math.max(took(text(4_000), tries), 2);
const found = [];
for (const part of given) for (const first of ["", "http://example.org/", "www.", "a@"]) {
    const text = (size) => (first + part.repeat(size / part.length)).slice(0, size);
    if (isSlow(text, 1) && isSlow(text, 9)) found.push(first + part);
}
return found;
"""


def test_no_text_takes_long():
    parts = [
        *"a@.()[{/?#:'。“例_-%+",
        "\u0301",
        "👍",
        "//",
        "http://",
        "www.",
        "https://a.b",
        "a@",
        "a.b@",
        ",https://a.b",
    ]
    parts += ["http://a:1", "http://[::1]", "x@y.zz ", "a例.", "\ud800", "www.a.b,", "mailto:"]
    assert run_in_node(SLOW, parts) == []


HOSTS = """
const { withLinks } = await load("core/links");
return given.map((text) => withLinks(text).filter(({ href }) => href).map(({ text, host }) => [text, host ?? null]));
"""
# what is typed -> the link in it, and the host that is shown behind it because it cannot be read from the text
SHOWN_HOSTS = {
    "https://school.example/a": ("https://school.example/a", None),
    "HTTPS://School.Example/A": ("HTTPS://School.Example/A", None),
    "https://school.example:8080": ("https://school.example:8080", None),
    "http://[::1]:5000/a": ("http://[::1]:5000/a", None),
    "http://192.168.0.1/a": ("http://192.168.0.1/a", None),
    "www.school.example": ("www.school.example", None),
    "ada@school.example": ("ada@school.example", None),
    # letters of other scripts, all of them and mixed
    "https://ѕсһооӏ.example/": ("https://ѕсһооӏ.example/", "xn--n1aah3f5y0d.example"),
    "https://schооl.example/": ("https://schооl.example/", "xn--schl-75da.example"),
    "https://bücher.example/straße": ("https://bücher.example/straße", "xn--bcher-kva.example"),
    "www.пример.рф": ("www.пример.рф", "www.xn--e1afmkfd.xn--p1ai"),
    "ada@bücher.example": ("ada@bücher.example", "xn--bcher-kva.example"),
    "ｈttps://x www.ｅvil.example": ("www.ｅvil.example", "www.evil.example"),
    # the same address in other figures
    "http://2130706433/": ("http://2130706433/", "127.0.0.1"),
    "http://0x7f.1/a": ("http://0x7f.1/a", "127.0.0.1"),
    "http://0177.0.0.1": ("http://0177.0.0.1", "127.0.0.1"),
    # marks and invisible characters that a host loses
    "https://scho\u034fol.example/": ("https://scho\u034fol.example/", "school.example"),
    "https://school\ufe0f.example/": ("https://school\ufe0f.example/", "school.example"),
    # letters that are read with the host, and are none of it
    "https://school.co\u043c/": ("https://school.co", "school.co"),
    "www.school.co\u03bc": ("www.school.co", "www.school.co"),
    "ada@school.co\u043c": ("ada@school.co", "school.co"),
    "https://school.co下": ("https://school.co", None),
    # what ends a link without being seen
    "https://scho\u200col.example/": ("https://scho", "scho"),
    "https://evil.example\u200b.school.example/": ("https://evil.example", "evil.example"),
    "https://evil.example/\u202eelpmaxe.loohcs": ("https://evil.example/", "evil.example"),
    "https://evil.example/\u2066x": ("https://evil.example/", "evil.example"),
    "\u202ehttps://evil.example/?elbatemit/elpmaxe.loohcs//:sptth": (
        "https://evil.example/?elbatemit/elpmaxe.loohcs//:sptth", None,
    ),
}  # fmt: skip


def test_link_shows_its_real_host_where_the_text_does_not():
    found = run_in_node(HOSTS, list(SHOWN_HOSTS))
    assert {typed: tuple(links[0]) for typed, links in zip(SHOWN_HOSTS, found, strict=True)} == SHOWN_HOSTS


def test_link_ends_before_whatever_turns_the_direction():
    controls = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    starts = (
        "https://evil.example",
        "https://evil.example/a",
        "https://evil.example/?a",
        "www.evil.example/#",
        "a@evil.example",
    )
    typed = [f"{start}{control}b" for start in starts for control in controls]
    for links, start in zip(run_in_node(HOSTS, typed), [start for start in starts for _ in controls], strict=True):
        assert [(text.rstrip("?#"), host) for text, host in links] == [
            (start.rstrip("?#"), "www.evil.example" if start.startswith("www") else "evil.example")
        ]
