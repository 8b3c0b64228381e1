/** Links in messages: recognition and boundaries. */

import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { withLinks } from "../app/core/links";

const A = "https://example.org/a";
const QUOTES = ["„“", "„”", "“”", "»«", "«»", "‹›", "›‹", "‘’", "‚‘", "''", '""', "``"];
const BRACKETS = ["「」", "『』", "《》", "〈〉", "【】", "（）", "〔〕", "［］", "｛｝", "()", "[]", "{}", "<>"];
const ENDINGS = [".", ",", ";", ":", "!", "?", "?!", "...", "…", ".)", ").", "'", "**", "_", "~", "|", "("];

/** Typed text, and the only link in it. */
const ONE: readonly (readonly [string, string])[] = [
  // quotes, typographic and plain
  ...QUOTES.map(([opening, closing]) => [`${opening}${A}${closing}`, A] as const),
  ...BRACKETS.map(([opening, closing]) => [`${opening}${A}${closing} x`, A] as const),
  // full-width and other punctuation, with and without a blank before
  ...[..."。，、；：？！．…｡､～"].map((mark) => [`见 ${A}${mark}下一句`, A] as const),
  [`见${A}。下一句`, A],
  [`${A}（注）`, A],
  [`вот${A}`, A],
  [`${A}، ب`, A],
  [`${A}؟`, A],
  [`${A}। x`, A],
  [`${A} next`, A],
  [`${A}\u3000下`, A],
  [`${A}\u202eb`, A],
  [`${A}\u200bb`, A],
  [`${A}—but`, A],
  // punctuation at the end
  ...ENDINGS.map((mark) => [`see ${A}${mark}`, A] as const),
  ["https://example.org.", "https://example.org"],
  ["https://example.org/?", "https://example.org/"],
  // brackets are counted
  ["(https://example.org/x_(y))", "https://example.org/x_(y)"],
  ["https://example.org/x_(y).", "https://example.org/x_(y)"],
  ["[see https://example.org/a[1]]", "https://example.org/a[1]"],
  ["[x](https://example.org/a)y", A],
  ["https://example.org/?b=(c)&d=[e]", "https://example.org/?b=(c)&d=[e]"],
  // part of an address
  ...[
    "https://example.org/a?b=c&d",
    "https://example.org/#!/x",
    "https://example.org/a's",
    "https://example.org/a|b",
    "https://example.org/wiki/C++",
    "https://example.org/=",
    "HTTPS://EXAMPLE.ORG/A",
    "https://example.org/a,b;c",
    "https://zh.wikipedia.org/wiki/數學",
    "https://en.wikipedia.org/wiki/Erdős–Rényi_model",
    "https://example.org/😀/x",
    "https://he.wikipedia.org/wiki/צה״ל",
    "https://fa.wikipedia.org/wiki/می\u200cخواهم",
    "https://ja.wikipedia.org/wiki/ア・ア",
    "https://web.archive.org/web/2020/https://example.org/",
    "https://example.org/?u=https://example.net/",
  ].map((address) => [address, address] as const),
  // hosts
  ...[
    "https://bücher.example/straße",
    "https://例え.jp/パス",
    "https://пример.рф/путь",
    "http://localhost:5000/rooms",
    "http://192.168.0.1/a",
    "http://[::1]:5000/a",
    "http://[fe80::1]/",
    "http://school/a",
    "http://a_b.example.org/",
    "https://example.org:443",
  ].map((address) => [address, address] as const),
  ["https://example.org下一句", "https://example.org"],
  ["_https://example.org/a_", "https://example.org/a"],
  ["__https://example.org/a__", "https://example.org/a"],
  ["http://localhost是", "http://localhost"],
  ["https://example.org:", "https://example.org"],
  ["https://example.org\\@example.net", "https://example.org"],
  ["https://example.org/\ud83d", "https://example.org/"],
];
const BARE: readonly (readonly [string, string])[] = [
  ["www.example.org", "www.example.org"],
  ["WWW.EXAMPLE.ORG/A?b=c.", "WWW.EXAMPLE.ORG/A?b=c"],
  ["(www.example.org:8080/x)", "www.example.org:8080/x"],
  ["见www.example.org，下", "www.example.org"],
  ["_www.example.org_", "www.example.org"],
  ["www.example.org下", "www.example.org"],
];
const MAIL: readonly (readonly [string, string])[] = [
  ["ada@example.org", "ada@example.org"],
  ["ada.b+c@example.org,", "ada.b+c@example.org"],
  ["<ada@example.org>", "ada@example.org"],
  ["'ada@example.org'", "ada@example.org"],
  ["邮箱ada@example.org。", "ada@example.org"],
  ["E-Mail:ada@bücher.example", "ada@bücher.example"],
  ["x_y@example.co.uk.", "x_y@example.co.uk"],
];
const NONE = [
  "javascript:alert(1)",
  "data:text/html,x",
  "ftp://example.org",
  "ftp://www.example.org",
  "ftp://user@example.org",
  "ftp://user:word@example.org",
  "//example.org",
  "example.org",
  "README.md",
  "1.5",
  "xhttps://example.org",
  "git+https://example.org",
  "https://",
  "https://.",
  "http://[::1",
  "https://example.org:99999/",
  "www.",
  "www.example",
  "www..org",
  "xwww.example.org",
  "@",
  "@ada",
  "a@b",
  "ada@example.c",
  "ada@192.168.0.1",
  // who reads the user name takes it for the host
  "https://user:word@example.org/a",
  "http://user:wo@rd@example.org/",
  "https://school.example@evil.example/",
  "https://school.example%2f@evil.example",
  "https://@evil.example/",
  "https://school.example:443@evil.example/a",
  "see https://school.example@evil.example, or",
  "https://a@b@www.evil.example/",
  "https://%65vil.example",
  "https://school%00.example",
  "https:\\\\evil.example",
  "https:evil.example",
  "www.school.example@evil.example",
  "\u0430dmin@school.example",
  "x_www.example.org",
  "a..b@example.org",
  "ada@example.org@example.net",
  "mailto:",
  "",
];
/** Typed text, the link in it, and the host that is shown behind it because it cannot be read from the text. */
const SHOWN_HOSTS: readonly (readonly [string, string, string | null])[] = [
  ["https://school.example/a", "https://school.example/a", null],
  ["HTTPS://School.Example/A", "HTTPS://School.Example/A", null],
  ["https://school.example:8080", "https://school.example:8080", null],
  ["http://[::1]:5000/a", "http://[::1]:5000/a", null],
  ["http://192.168.0.1/a", "http://192.168.0.1/a", null],
  ["www.school.example", "www.school.example", null],
  ["ada@school.example", "ada@school.example", null],
  // letters of other scripts, all of them and mixed
  ["https://ѕсһооӏ.example/", "https://ѕсһооӏ.example/", "xn--n1aah3f5y0d.example"],
  ["https://schооl.example/", "https://schооl.example/", "xn--schl-75da.example"],
  ["https://bücher.example/straße", "https://bücher.example/straße", "xn--bcher-kva.example"],
  ["www.пример.рф", "www.пример.рф", "www.xn--e1afmkfd.xn--p1ai"],
  ["ada@bücher.example", "ada@bücher.example", "xn--bcher-kva.example"],
  ["ｈttps://x www.ｅvil.example", "www.ｅvil.example", "www.evil.example"],
  // the same address in other figures
  ["http://2130706433/", "http://2130706433/", "127.0.0.1"],
  ["http://0x7f.1/a", "http://0x7f.1/a", "127.0.0.1"],
  ["http://0177.0.0.1", "http://0177.0.0.1", "127.0.0.1"],
  // marks and invisible characters that a host loses
  ["https://scho\u034fol.example/", "https://scho\u034fol.example/", "school.example"],
  ["https://school\ufe0f.example/", "https://school\ufe0f.example/", "school.example"],
  // letters that are read with the host, and are none of it
  ["https://school.co\u043c/", "https://school.co", "school.co"],
  ["www.school.co\u03bc", "www.school.co", "www.school.co"],
  ["ada@school.co\u043c", "ada@school.co", "school.co"],
  ["https://school.co下", "https://school.co", null],
  // what ends a link without being seen
  ["https://scho\u200col.example/", "https://scho", "scho"],
  ["https://evil.example\u200b.school.example/", "https://evil.example", "evil.example"],
  ["https://evil.example/\u202eelpmaxe.loohcs", "https://evil.example/", "evil.example"],
  ["https://evil.example/\u2066x", "https://evil.example/", "evil.example"],
  [
    "\u202ehttps://evil.example/?elbatemit/elpmaxe.loohcs//:sptth",
    "https://evil.example/?elbatemit/elpmaxe.loohcs//:sptth",
    null,
  ],
];

/** The links in a text; all pieces together are the text. */
function linksIn(typed: string) {
  const pieces = withLinks(typed);
  assert.equal(pieces.map(({ text }) => text).join(""), typed);
  return pieces.filter(({ href }) => href);
}

const textsIn = (typed: string) => linksIn(typed).map(({ text }) => text);

test("a web address ends where its sentence goes on", () => {
  for (const [typed, link] of ONE) {
    assert.deepEqual(textsIn(typed), [link], typed);
    for (const { href } of linksIn(typed)) assert.match(href ?? "", /^https?:\/\//);
  }
});

test("several links in one text are apart", () => {
  const text = "https://example.org/a,https://example.net/b www.example.org;http://example.com ada@example.org";
  const links = ["https://example.org/a", "https://example.net/b", "www.example.org", "http://example.com", "ada@example.org"];
  assert.deepEqual(textsIn(text), links);
});

test("a bare address and an email become links", () => {
  const mailto: readonly (readonly [string, string])[] = [
    ["mailto:ada@example.org", "mailto:ada@example.org"],
    ["mailto:a%b@example.org", "mailto:a%b@example.org"],
  ];
  for (const [typed, link] of [...BARE, ...MAIL, ...mailto]) assert.deepEqual(textsIn(typed), [link], typed);
  const hrefOf = (typed: string) => linksIn(typed)[0]?.href;
  assert.equal(hrefOf("www.example.org"), "http://www.example.org/");
  assert.equal(hrefOf("ada@example.org"), "mailto:ada@example.org");
  assert.equal(hrefOf("mailto:ada@example.org"), "mailto:ada@example.org");
  assert.equal(hrefOf("mailto:a%b@example.org"), "mailto:a%25b@example.org");
});

test("other schemes and fragments are text", () => {
  for (const typed of NONE) assert.deepEqual(textsIn(typed), [], typed);
});

test("a link shows its real host if the text does not", () => {
  for (const [typed, link, host] of SHOWN_HOSTS) {
    const [found] = linksIn(typed);
    assert.deepEqual([found?.text, found?.host ?? null], [link, host], typed);
  }
});

test("a link ends before characters that turn the direction", () => {
  const controls = [..."\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"];
  const starts = [
    "https://evil.example",
    "https://evil.example/a",
    "https://evil.example/?a",
    "www.evil.example/#",
    "a@evil.example",
  ];
  const bare = (text: string) => text.replace(/[?#]+$/, "");
  for (const start of starts) {
    const host = start.startsWith("www") ? "www.evil.example" : "evil.example";
    for (const control of controls) {
      const links = linksIn(`${start}${control}b`);
      assert.deepEqual(
        links.map((link) => [bare(link.text), link.host]),
        [[bare(start), host]],
      );
    }
  }
});

/** The least time of some tries in milliseconds, as other processes take time, too. */
function least(text: string, tries: number): number {
  const taken = Array.from({ length: tries }, () => {
    const began = performance.now();
    withLinks(text);
    return performance.now() - began;
  });
  return Math.min(...taken);
}

test("no text takes long", () => {
  // eight times the text takes some eight times as long, and 64 times if all is searched again and again
  const isSlow = (text: (size: number) => string, tries: number) =>
    least(text(32_000), tries) > 25 * Math.max(least(text(4_000), tries), 2);
  const parts = [..."a@.()[{/?#:'。“例_-%+", "\u0301", "👍", "//", "http://", "www.", "https://a.b", "a@", "a.b@"];
  parts.push(",https://a.b", "http://a:1", "http://[::1]", "x@y.zz ", "a例.", "\ud800", "www.a.b,", "mailto:");
  for (const part of parts) {
    for (const first of ["", "http://example.org/", "www.", "a@"]) {
      const text = (size: number) => (first + part.repeat(size / part.length)).slice(0, size);
      assert.ok(!isSlow(text, 1) || !isSlow(text, 9), first + part);
    }
  }
});
