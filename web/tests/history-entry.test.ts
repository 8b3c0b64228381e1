import { tab } from "./support/browser";
import "./support/history";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { beforeLeaving, claimEntries, entryId, readEntry, startHistoryEntries, writeEntry } from "../app/core/history-entry";
import { go, startRouter } from "../app/core/router";

let isStarted = false;
beforeEach(() => {
  if (!isStarted) {
    startHistoryEntries();
    startRouter();
  }
  isStarted = true;
  claimEntries("ada");
  go("/rooms");
});

test("the page restores positions itself", () => {
  assert.equal(history.scrollRestoration, "manual");
});

test("Back and Forward find the values of their entries, a new visit none", () => {
  writeEntry("position", 1200);
  go("/account");
  assert.equal(readEntry("position"), undefined);
  history.go(-1);
  assert.equal(readEntry("position"), 1200);
  writeEntry("position", 700);
  history.go(1);
  assert.equal(readEntry("position"), undefined);
  history.go(-1);
  assert.equal(readEntry("position"), 700);
  go("/rooms");
  assert.equal(readEntry("position"), undefined);
});

test("a value is stored while its entry is the current one", () => {
  let value = "";
  const end = beforeLeaving(() => writeEntry("text", value));
  value = "left by a link";
  go("/account");
  value = "left by Back";
  history.go(-1);
  assert.equal(readEntry("text"), "left by a link");
  end();
  history.go(1);
  assert.equal(readEntry("text"), "left by Back");
});

test("another query that replaces the address stays in its entry, another view does not", () => {
  const before = entryId.peek();
  go("/rooms?search=maths", { replace: true });
  assert.equal(entryId.peek(), before);
  go("/account", { replace: true });
  assert.notEqual(entryId.peek(), before);
});

test("an entry that the page did not make gets an id", () => {
  history.pushState(null, "", "#place");
  dispatchEvent(new Event("popstate"));
  const id = entryId.peek();
  assert.deepEqual(history.state, { entry: id });
  go("/account");
  history.go(-1);
  assert.equal(entryId.peek(), id);
});

test("the oldest entries are dropped", () => {
  writeEntry("position", 1200);
  for (let visit = 1; visit <= 50; visit++) {
    go("/account");
    writeEntry("position", visit);
  }
  history.go(-50);
  assert.equal(readEntry("position"), undefined);
  history.go(1);
  assert.equal(readEntry("position"), 1);
});

test("the store of the tab has the entries through a reload", () => {
  const end = beforeLeaving(() => writeEntry("position", 300));
  dispatchEvent(new Event("pagehide"));
  end();
  const before = tab.getItem("studyhall.history");
  claimEntries("ben");
  assert.equal(readEntry("position"), undefined);
  tab.setItem("studyhall.history", before ?? "");
  startHistoryEntries();
  claimEntries("ada");
  assert.equal(readEntry("position"), 300);
});

test("another user begins without the values of the one before", () => {
  for (const next of ["ben", null]) {
    claimEntries("ada");
    writeEntry("text", "mine");
    claimEntries(next);
    assert.equal(readEntry("text"), undefined);
  }
});

test("what is no entry in the store of the tab is left out", () => {
  const entries = [1, null, "ab", ["id"], [entryId.peek(), { position: 300 }]];
  tab.setItem("studyhall.history", JSON.stringify({ owner: "ada", entries }));
  startHistoryEntries();
  assert.equal(readEntry("position"), 300);
  for (const stored of ["5", "[]", '{"entries":{}}']) {
    tab.setItem("studyhall.history", stored);
    startHistoryEntries();
  }
});
