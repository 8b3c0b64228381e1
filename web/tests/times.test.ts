import "./support/browser";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ago, atClock, clock, day, initials, names, time, until } from "../app/core/format";
import { setLanguage } from "../app/core/words";
import { en } from "../app/words/en";

const NOW = Date.parse("2026-12-02T12:00:00");
const people = (...given: string[]) => given.map((name) => ({ name }));
const german = (): void =>
  setLanguage(
    "de",
    { ...en, "time.justNow": "gerade eben", "ui.others": { one: "{count} weitere Person", other: "{count} weitere" } },
    ["de-DE"],
  );

afterEach(() => setLanguage("en", en, ["en-GB"]));

test("times are written as in the language and region of the reader", () => {
  assert.equal(time("2026-12-02T14:10:00"), "14:10");
  setLanguage("en", en, ["en-US"]);
  assert.match(time("2026-12-02T14:10:00"), /^2:10\sPM$/);
  german();
  assert.equal(time("2026-12-02T14:10:00"), "14:10");
  assert.equal(day("2025-12-01T10:00:00", NOW), "1. Dezember 2025");
});

test("relative times are in the language of the reader", () => {
  assert.equal(ago("2026-11-30T10:00:00", NOW), "2 days ago");
  assert.equal(until("2026-12-03T13:00:00", NOW), "tomorrow");
  german();
  assert.equal(ago("2026-11-30T10:00:00", NOW), "vorgestern");
  assert.equal(until("2026-12-03T13:00:00", NOW), "morgen");
  assert.equal(ago("2026-12-02T11:59:50", NOW), "gerade eben");
});

test("a time of another day has its date", () => {
  assert.equal(clock("2026-12-02T14:10:00", NOW), "14:10");
  assert.equal(atClock("2026-12-02T14:10:00", NOW), "at 14:10");
  assert.match(atClock("2026-12-01T14:10:00", NOW), /^on Tuesday,? 1 December 2026 at 14:10$/);
});

test("first names are joined, and more than three are counted", () => {
  assert.equal(names([]), "");
  assert.equal(names(people("Ada Okafor")), "Ada");
  assert.equal(names(people("Ada Okafor", "Ben Lindqvist")), "Ada and Ben");
  assert.equal(names(people("Ada", "Ben", "Cem", "Dana")), "Ada, Ben, Cem and 1 other");
  assert.equal(names(people("Ada", "Ben", "Cem", "Dana"), 2), "Ada, Ben and 2 others");
  german();
  assert.equal(names(people("Ada", "Ben", "Cem", "Dana")), "Ada, Ben, Cem und 1 weitere Person");
});

test("initials are whole graphemes, and Arabic letters are not joined", () => {
  assert.equal(initials("Ada King Lovelace"), "AL");
  assert.equal(initials("e\u0301lodie"), "E\u0301");
  assert.equal(initials("👩‍🚀 Ada"), "👩‍🚀A");
  assert.equal(initials("محمد علي"), "م\u200cع");
});
