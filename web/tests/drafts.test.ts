import assert from "node:assert/strict";
import { test } from "node:test";
import { DraftStore } from "../app/features/messages/draft-store";
import { clock } from "./support/browser";

/** A browser with tabs. `hasLocks` is false for browsers that cannot list the open tabs. */
class Tabs {
  readonly values = new Map<string, string>();
  readonly open = new Set<string>();

  constructor(readonly hasLocks = true) {}

  opens(tab: string, userId: string | null = "ada"): DraftStore {
    this.open.add(tab);
    return new DraftStore({
      userId: () => userId,
      tab: () => tab,
      openTabs: async () => (this.hasLocks ? new Set(this.open) : null),
      roomName: (roomId) => `Room ${roomId}`,
      now: Date.now,
      store: {
        names: (beginning) => [...this.values.keys()].filter((name) => name.startsWith(beginning)),
        read: (name): unknown => JSON.parse(this.values.get(name) ?? "null"),
        write: (name, value) => void (value ? this.values.set(name, JSON.stringify(value)) : this.values.delete(name)),
      },
    });
  }
}

test("a draft is stored for each room and each tab", () => {
  const tabs = new Tabs();
  const [first, second] = [tabs.opens("one"), tabs.opens("two")];
  first.set("calculus", "A");
  first.set("physics", "B");
  second.set("calculus", "C");
  assert.deepEqual([first.text("calculus"), first.text("physics"), second.text("calculus")], ["A", "B", "C"]);
  assert.equal(second.text("physics"), "");
  assert.equal(tabs.opens("one").text("calculus"), "A", "a reload has it again");
});

test("an empty text removes the draft, and each change is counted", () => {
  const tabs = new Tabs();
  const drafts = tabs.opens("one");
  drafts.set("calculus", "A");
  drafts.set("calculus", "");
  assert.equal(tabs.values.size, 0);
  assert.equal(drafts.changes.value, 2);
});

test("all drafts are listed, newest first, with the name of their room", async () => {
  const tabs = new Tabs();
  tabs.opens("one").set("calculus", "older");
  await clock.pass(1_000);
  const drafts = tabs.opens("two");
  drafts.set("physics", "newer");
  tabs.opens("three", "ben").set("calculus", "of another user");
  const found = drafts.all().map(({ text, roomId, roomName, tab }) => [text, roomId, roomName, tab]);
  assert.deepEqual(found, [
    ["newer", "physics", "Room physics", "two"],
    ["older", "calculus", "Room calculus", "one"],
  ]);
});

test("a tab without a draft takes over that of a closed tab, once", async () => {
  const tabs = new Tabs();
  tabs.opens("closed").set("calculus", "half a thought");
  tabs.open.delete("closed");
  const [second, third] = [tabs.opens("two"), tabs.opens("three")];
  assert.equal(await second.takeOver("physics"), "");
  assert.equal(await second.takeOver("calculus"), "half a thought");
  assert.equal(second.text("calculus"), "half a thought");
  assert.equal(await third.takeOver("calculus"), "");
});

test("a draft of an open tab is not taken over", async () => {
  const tabs = new Tabs();
  tabs.opens("one").set("calculus", "A");
  assert.equal(await tabs.opens("two").takeOver("calculus"), "");
});

test("a tab with a draft takes over none", async () => {
  const tabs = new Tabs();
  tabs.opens("closed").set("calculus", "A");
  tabs.open.delete("closed");
  const drafts = tabs.opens("two");
  drafts.set("calculus", "B");
  assert.equal(await drafts.takeOver("calculus"), "");
  assert.equal(drafts.text("calculus"), "B");
});

test("text that is typed while open tabs are listed is not replaced", async () => {
  const tabs = new Tabs();
  tabs.opens("closed").set("calculus", "A");
  tabs.open.delete("closed");
  const drafts = tabs.opens("two");
  const taken = drafts.takeOver("calculus");
  drafts.set("calculus", "typed meanwhile");
  assert.equal(await taken, "");
  assert.equal(drafts.text("calculus"), "typed meanwhile");
});

test("without a list of tabs, drafts of tabs that were left are taken over", async () => {
  const tabs = new Tabs(false);
  const [first, second] = [tabs.opens("one"), tabs.opens("two")];
  first.set("calculus", "A");
  assert.equal(await second.takeOver("calculus"), "");
  first.mark(true);
  first.mark(false);
  assert.equal(await second.takeOver("calculus"), "", "it came back");
  first.mark(true);
  assert.equal(await second.takeOver("calculus"), "A");
});

test("a duplicate of a tab copies its drafts", () => {
  const tabs = new Tabs();
  const first = tabs.opens("one");
  first.set("calculus", "A");
  const copy = tabs.opens("copy");
  copy.copyFrom("one");
  copy.set("calculus", "A and more");
  assert.equal(first.text("calculus"), "A");
});

test("drafts of early versions are read", async () => {
  const tabs = new Tabs();
  tabs.values.set("draft.ada.calculus", JSON.stringify("old text"));
  tabs.values.set("draft.ada.physics.x", JSON.stringify({ at: 1 }));
  const drafts = tabs.opens("one");
  assert.deepEqual(
    drafts.all().map(({ text }) => text),
    ["old text"],
  );
  assert.equal(await drafts.takeOver("calculus"), "old text");
});
