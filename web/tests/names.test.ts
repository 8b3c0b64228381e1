import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectNames, Names, publishName, renamed } from "../app/core/names";

const ada = { id: "1", name: "Ada", avatar: null };
const grace = { id: "1", name: "Grace", avatar: "/g.png" };

test("a published name outlasts an answer that was on its way", () => {
  const names = new Names();
  assert.equal(names.learn([ada]), false);
  assert.equal(names.publish(grace), true);
  assert.equal(names.learn([ada]), false);
  assert.deepEqual(names.current(ada), grace);
});

test("after an absence answers are newer than published names", () => {
  const names = new Names();
  names.publish(grace);
  names.markOutdated();
  assert.equal(names.learn([ada]), true);
  assert.deepEqual(names.current(grace), ada);
});

test("a message has the current name of its sender, and no sender stays none", () => {
  const names = new Names();
  names.publish(grace);
  assert.deepEqual(names.ofMessage({ seq: 1, sender: ada }), { seq: 1, sender: grace });
  const notice = { seq: 2, sender: null };
  assert.equal(names.ofMessage(notice), notice);
});

test("a user whose name is the same stays the same object", () => {
  const names = new Names();
  names.learn([ada]);
  assert.equal(names.current(ada), ada);
});

test("an answer is renamed in all places that show the user", () => {
  const answer = {
    list: [{ userId: "1", name: "Ada", avatar: null, status: "away" }],
    owner: ada,
    other: { id: "2", name: "Ben" },
    none: null,
  };
  assert.deepEqual(renamed(answer, grace), {
    list: [{ userId: "1", name: "Grace", avatar: "/g.png", status: "away" }],
    owner: grace,
    other: { id: "2", name: "Ben" },
    none: null,
  });
});

test("names are collected until the collection stops", () => {
  const { published, stop } = collectNames();
  publishName(grace);
  stop();
  publishName(ada);
  assert.deepEqual(published, [grace]);
});
