import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Names } from "../app/core/names";
import type { Member, Role } from "../app/core/types";
import { MemberList } from "../app/features/room/member-list";
import { clock, settled } from "./support/browser";

const RELOAD = 10_000;

/** Requests that the test answers, and the number of members that the room has. */
let requests: ((members: readonly Member[] | null) => void)[];
let total: number;
let isNeeded: boolean;
let list: MemberList;

const member = (id: string, role: Role = "member", more: Partial<Member> = {}): Member => ({
  id,
  name: id,
  avatar: null,
  isAdmin: false,
  joinedAt: `2026-01-0${id.length}T00:00:00Z`,
  lookalike: false,
  looks: [id],
  mutedUntil: null,
  role,
  ...more,
});
const ids = () => list.members.value.map(({ id }) => id);
const lookalikes = () => list.members.value.filter(({ lookalike }) => lookalike).map(({ id }) => id);

async function answer(members: readonly Member[] | null): Promise<void> {
  requests.shift()?.(members);
  await settled();
}

beforeEach(() => {
  requests = [];
  total = 2;
  isNeeded = true;
  list = new MemberList({
    names: new Names(),
    load: () => new Promise((resolve) => requests.push(resolve)),
    learn: (_, apply) => apply(),
    isNeeded: () => isNeeded,
    totalMembers: () => total,
    random: () => 0,
  });
});

afterEach(() => list.close());

test("events during a request are applied to its answer, which may be from before them", async () => {
  const loading = list.load();
  list.updated(member("ccc"));
  list.left("a");
  total = 1;
  await answer([member("a"), member("bb", "owner")]);
  await loading;
  assert.deepEqual(ids(), ["bb", "ccc"]);
});

test("a list that changes during its request is loaded once more", async () => {
  const loading = list.load();
  void list.load();
  await answer([member("a")]);
  assert.equal(requests.length, 1);
  await answer([member("a"), member("bb")]);
  await loading;
  assert.deepEqual(ids(), ["a", "bb"]);
});

test("a list that is not needed any more is not loaded", async () => {
  isNeeded = false;
  await list.load();
  assert.equal(requests.length, 0);
});

test("the owner is first, then moderators, each in the order of joining", () => {
  list.set([member("a", "owner")]);
  list.updated(member("ccc"));
  list.updated(member("bb"));
  list.updated(member("dddd", "moderator"));
  assert.deepEqual(ids(), ["a", "dddd", "bb", "ccc"]);
});

test("a number that does not fit loads the list again after a while", async () => {
  list.set([member("a"), member("bb")]);
  total = 4;
  list.updated(member("ccc"));
  await clock.pass(RELOAD - 1);
  assert.equal(requests.length, 0);
  await clock.pass(1);
  assert.equal(requests.length, 1);
});

test("names that look alike are marked, as long as both are members", () => {
  list.set([member("a", "owner", { looks: ["x"] }), member("bb", "member", { looks: ["y", "x"] }), member("ccc")]);
  assert.deepEqual(lookalikes(), ["a", "bb"]);
  total = 2;
  list.left("bb");
  assert.deepEqual(lookalikes(), []);
});

test("looks of a new name are compared, unknown ones are loaded", async () => {
  list.set([member("a"), member("bb")]);
  list.renamed("bb", ["a"]);
  assert.deepEqual(lookalikes(), ["a", "bb"]);
  await clock.pass(RELOAD);
  assert.equal(requests.length, 0);
  list.renamed("bb");
  await clock.pass(RELOAD);
  assert.equal(requests.length, 1);
});

test("the end of a mute is shown without an event", async () => {
  const mutedUntil = new Date(Date.now() + 5_000).toISOString();
  list.set([member("a", "member", { mutedUntil })]);
  const before = list.members.value;
  await clock.pass(4_000);
  assert.equal(list.members.value, before);
  await clock.pass(2_000);
  assert.notEqual(list.members.value, before);
});

test("a closed list has no timers", () => {
  const before = clock.waiting;
  list.set([member("a", "member", { mutedUntil: new Date(Date.now() + 5_000).toISOString() })]);
  list.renamed();
  list.close();
  assert.equal(clock.waiting, before);
});
