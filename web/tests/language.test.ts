import { local } from "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, chosenLanguage, loadLanguage } from "../app/core/language";
import { language, locale, t } from "../app/core/words";

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

test("words can be loaded again", async () => {
  await loadLanguage("de");
  await loadLanguage("en");
  assert.equal(t("room.here", { count: 1 }), "1 person here");
});
