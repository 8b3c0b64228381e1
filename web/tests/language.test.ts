import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, chosenLanguage, loadLanguage, startLanguage } from "../app/core/language";
import { signOutLocally, startSession } from "../app/core/session";
import { language, locale, setLanguage, t } from "../app/core/words";
import { en } from "../app/words/en";
import { local, settled } from "./support/browser";

const SESSION = { token: "a.b.c", refreshToken: "d.e", user: { id: "ben", language: null }, lifetime: 6e5, freshUntil: 8e15 };

test("the browser's first offered language is chosen, with its region or not", () => {
  assert.equal(chosenLanguage(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(chosenLanguage(["en-GB", "de"]), "en");
  assert.equal(chosenLanguage(["fr"]), "en");
  assert.equal(chosenLanguage([]), "en");
});

test("a language that was chosen in this browser comes first", async () => {
  await chooseLanguage("de");
  assert.equal(chosenLanguage(["en-GB"]), "de");
  assert.equal(language.value, "de");
  assert.equal(locale.value, "de");
  assert.equal(document.documentElement.lang, "de");
  assert.equal(document.documentElement.dir, "ltr");
  assert.equal(t("ui.close"), "Schließen");
  await chooseLanguage(null);
  assert.equal(language.value, "en");
  assert.equal(locale.value, "en-GB");
  assert.equal(t("ui.close"), "Close");
});

test("a stored language that is not offered is ignored", async () => {
  for (const stored of ["toString", "fr", 5, {}]) {
    local.setItem("studyhall.language", JSON.stringify(stored));
    assert.equal(chosenLanguage(["de"]), "de");
  }
  local.clear();
});

test("of an account without a language of its own, the browser's settings count, not what another account stored", async () => {
  await chooseLanguage("de");
  local.setItem("studyhall.session", JSON.stringify(SESSION));
  startSession();
  assert.equal(chosenLanguage(["en-GB"]), "en");
  signOutLocally();
  assert.equal(chosenLanguage(["en-GB"]), "de");
  await chooseLanguage(null);
});

test("a tag that Intl rejects is no locale", () => {
  setLanguage("en", en, ["en-US@posix", "en-US"]);
  assert.equal(locale.value, "en-US");
  setLanguage("en", en, ["en_US@posix", "en-"]);
  assert.equal(locale.value, "en-GB");
});

test("words can be loaded again", async () => {
  await loadLanguage("de");
  await loadLanguage("en");
  assert.equal(t("room.here", { count: 1 }), "1 person here");
});

test("a language that is changed back before its words are there is not shown", async () => {
  const change = (own: "de" | null) => {
    local.setItem("studyhall.session", JSON.stringify({ ...SESSION, user: { ...SESSION.user, language: own } }));
    dispatchEvent(Object.assign(new Event("storage"), { key: "studyhall.session" }));
  };
  change(null);
  await loadLanguage();
  startLanguage();
  change("de");
  change(null);
  await settled();
  assert.equal(language.value, "en");
  change("de");
  await settled();
  assert.equal(language.value, "de");
});
