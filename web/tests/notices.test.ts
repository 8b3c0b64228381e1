import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageText, noticeText } from "../app/core/notices";
import { setLanguage } from "../app/core/words";
import { de } from "../app/words/de";
import { en } from "../app/words/en";

test("notices of the server are in the language of the page", () => {
  setLanguage("de", de, ["de-DE"]);
  assert.equal(noticeText("“Ada” (admin) joined"), "„Ada“ (Admin) ist beigetreten");
  assert.equal(noticeText("“Ada” removed “\u2068Zoë\u2069”"), "„Ada“ hat „\u2068Zoë\u2069“ entfernt");
  assert.match(noticeText("“Ada” changed the room: messages are now kept for 1 day."), /jetzt 1 Tag aufbewahrt/);
  assert.match(noticeText("“Ada” changed the room: messages are now kept for 30 days."), /jetzt 30 Tage aufbewahrt/);
  setLanguage("en", en, ["en-GB"]);
});

test("other notices, and texts of users, stay as they are", () => {
  for (const text of ["Exam on Friday", "“Ada” joined by invitation, and “Ben”", "“Ada” removed “Ben” “Cem”", ""]) {
    assert.equal(noticeText(text), text);
  }
  assert.equal(messageText({ sender: { id: "1" }, content: "“Ada” (admin) joined" }), "“Ada” (admin) joined");
});
