import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../app/core/types";
import { type OutboxEntry, OutboxQueue, type SendError } from "../app/features/messages/outbox-queue";
import { clock, settled } from "./support/browser";

const RETRYABLE = ["no_answer", "storage_unavailable", "rate_limited", "disconnected"];

/** The store that all tabs of a browser share. Other tabs receive each write, as by the event `storage`. */
class SharedStore {
  readonly values = new Map<string, string>();
  readonly tabs = new Set<Tab>();

  of(writer: () => Tab) {
    return {
      names: (beginning: string) => [...this.values.keys()].filter((name) => name.startsWith(beginning)),
      read: (name: string): unknown => JSON.parse(this.values.get(name) ?? "null"),
      write: (name: string, value: OutboxEntry | null) => {
        if (value) this.values.set(name, JSON.stringify(value));
        else this.values.delete(name);
        for (const tab of this.tabs) if (tab !== writer()) tab.queue.storedElsewhere(name, JSON.parse(JSON.stringify(value)));
      },
    };
  }
}

let lastId = 0;

/** A tab with an outbox, and a server that answers when the test says so. */
class Tab {
  readonly attempts: OutboxEntry[] = [];
  readonly queue: OutboxQueue;
  isOnline = true;
  userId: string | null = "ada";
  /** Errors of the next attempts; then all succeed. */
  errors: (SendError | null)[] = [];
  /** True if the server holds messages until a break. */
  isHeld = false;

  constructor(readonly store = new SharedStore()) {
    store.tabs.add(this);
    this.queue = new OutboxQueue({
      userId: () => this.userId,
      isOnline: () => this.isOnline,
      send: (entry) => this.#answer(entry),
      isRetryable: ({ code }) => RETRYABLE.includes(code),
      refusalText: ({ message }) => message,
      roomName: (roomId) => `Room ${roomId}`,
      newId: () => `id-${++lastId}`,
      now: Date.now,
      later: (work, ms) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
      store: store.of(() => this),
    });
    this.queue.restore();
  }

  get sent() {
    return this.attempts.map(({ content }) => content);
  }

  get waiting() {
    return this.queue.entries.value.map(({ content }) => content);
  }

  async write(...contents: string[]) {
    for (const content of contents) this.queue.add("room", content);
    await settled();
  }

  async #answer(entry: OutboxEntry): Promise<Message | null> {
    this.attempts.push(entry);
    const error = this.errors.shift();
    if (error) throw error;
    if (this.isHeld) return null;
    const { id, roomId, content, at } = entry;
    return { id: `m-${id}`, clientMessageId: id, roomId, content, timestamp: at, isSystem: false, sender: null, seq: 1 };
  }
}

const failure = (code: string, retryAfter = 0): SendError => ({ code, message: `Because of ${code}.`, retryAfter });

test("messages are sent in order and leave the outbox when acked", async () => {
  const tab = new Tab();
  const acked: string[] = [];
  tab.queue.onSent(({ content }) => acked.push(content));
  await tab.write("one", "two", "three");
  assert.deepEqual(tab.sent, ["one", "two", "three"]);
  assert.deepEqual(acked, ["one", "two", "three"]);
  assert.deepEqual(tab.waiting, []);
  assert.equal(tab.store.values.size, 0);
});

test("messages wait for a connection, and are stored meanwhile", async () => {
  const tab = new Tab();
  tab.isOnline = false;
  await tab.write("one", "two");
  assert.deepEqual(tab.sent, []);
  assert.equal(tab.store.values.size, 2);
  tab.isOnline = true;
  tab.queue.connected();
  await settled();
  assert.deepEqual(tab.sent, ["one", "two"]);
});

test("a retry has the same id, so that the server stores it once", async () => {
  const tab = new Tab();
  tab.errors = [failure("no_answer")];
  await tab.write("one");
  assert.deepEqual(tab.waiting, ["one"]);
  await clock.pass(1_000);
  assert.deepEqual(tab.sent, ["one", "one"]);
  assert.equal(tab.attempts[0]?.id, tab.attempts[1]?.id);
  assert.deepEqual(tab.waiting, []);
});

test("pauses between retries double up to 15 seconds", async () => {
  const tab = new Tab();
  tab.errors = Array.from({ length: 7 }, () => failure("storage_unavailable"));
  const began = Date.now();
  const at: number[] = [];
  const send = tab.attempts.push.bind(tab.attempts);
  tab.attempts.push = (...entries) => {
    at.push((Date.now() - began) / 1000);
    return send(...entries);
  };
  await tab.write("one");
  await clock.pass(61_000);
  assert.deepEqual(at, [0, 1, 3, 7, 15, 30, 45, 60]);
});

test("a later message does not overtake one that is retried", async () => {
  const tab = new Tab();
  tab.errors = [failure("no_answer")];
  await tab.write("one");
  tab.errors = [failure("no_answer")];
  await tab.write("two");
  await clock.pass(5_000);
  assert.deepEqual([...new Set(tab.sent)], ["one", "two"]);
  assert.equal(tab.sent.at(-1), "two");
});

test("a rate limit pauses for as long as the server asks", async () => {
  const tab = new Tab();
  tab.errors = [failure("rate_limited", 8)];
  await tab.write("one");
  assert.equal(tab.queue.pausedUntil.value, Date.now() + 8_000);
  await tab.write("two");
  tab.queue.connected();
  await clock.pass(7_999);
  assert.deepEqual(tab.sent, ["one"]);
  await clock.pass(1);
  assert.deepEqual(tab.sent, ["one", "one", "two"]);
  assert.equal(tab.queue.pausedUntil.value, 0);
});

test("after a loss of the connection nothing is tried until there is one", async () => {
  const tab = new Tab();
  tab.errors = [failure("disconnected")];
  await tab.write("one");
  await clock.pass(60_000);
  assert.deepEqual(tab.sent, ["one"]);
  tab.queue.connected();
  await settled();
  assert.deepEqual(tab.sent, ["one", "one"]);
});

test("a rejected message stays with its reason, and the others are sent", async () => {
  const tab = new Tab();
  tab.errors = [failure("not_a_member")];
  await tab.write("one", "two");
  const [entry] = tab.queue.entries.value;
  assert.deepEqual(tab.waiting, ["one"]);
  assert.equal(entry?.reason, "Because of not_a_member.");
  assert.equal(entry?.isInvalid, false);
  assert.deepEqual(tab.sent, ["one", "two"]);
});

test("a rejected message is sent again after all others", async () => {
  const tab = new Tab();
  tab.errors = [failure("not_a_member")];
  await tab.write("one");
  tab.isOnline = false;
  await tab.write("two");
  tab.queue.resend(tab.queue.entries.value[0]?.id ?? "");
  assert.deepEqual(tab.waiting, ["two", "one"]);
  tab.isOnline = true;
  tab.queue.connected();
  await settled();
  assert.deepEqual(tab.sent, ["one", "two", "one"]);
});

test("a rejected message that the composer takes leaves the outbox", async () => {
  const tab = new Tab();
  const taken: string[] = [];
  const stop = tab.queue.onRefused(({ content }, { code }) => code === "invalid_input" && taken.push(content) > 0);
  tab.errors = [failure("invalid_input")];
  await tab.write("too long");
  assert.deepEqual(taken, ["too long"]);
  assert.deepEqual(tab.waiting, []);
  stop();
  tab.errors = [failure("invalid_input")];
  await tab.write("too long again");
  assert.equal(tab.queue.entries.value[0]?.isInvalid, true);
});

test("a new visit goes on with stored messages, in the order of writing", async () => {
  const before = new Tab();
  before.isOnline = false;
  await before.write("one", "two");
  await clock.pass(5);
  await before.write("three");
  before.store.tabs.delete(before);
  before.store.values.set("outbox.ada.broken", JSON.stringify({ id: 1 }));
  before.store.values.set("outbox.ben.other", JSON.stringify({ id: "other", roomId: "room", content: "of Ben" }));
  const after = new Tab(before.store);
  await settled();
  assert.deepEqual(after.sent, ["one", "two", "three"]);
});

test("a guest has no outbox", async () => {
  const tab = new Tab();
  tab.isOnline = false;
  await tab.write("one");
  tab.userId = null;
  tab.queue.restore();
  assert.deepEqual(tab.waiting, []);
  assert.equal(tab.store.values.size, 1, "it is there when Ada signs in again");
});

test("what one tab sends leaves the outbox of the other", async () => {
  const first = new Tab();
  first.isOnline = false;
  await first.write("one", "two");
  const second = new Tab(first.store);
  await settled();
  assert.deepEqual(second.sent, ["one", "two"]);
  assert.deepEqual(first.waiting, []);
});

test("two tabs that send the same message use the same id", async () => {
  const first = new Tab();
  first.isOnline = false;
  await first.write("one");
  const second = new Tab(first.store);
  second.isOnline = false;
  second.queue.restore();
  first.isOnline = second.isOnline = true;
  first.queue.connected();
  second.queue.connected();
  await settled();
  const ids = [...first.attempts, ...second.attempts].map(({ id }) => id);
  assert.equal(new Set(ids).size, 1);
  assert.equal(first.store.values.size, 0);
});

test("a rejection is shown in the other tab, too", async () => {
  const first = new Tab();
  first.isOnline = false;
  await first.write("one");
  const second = new Tab(first.store);
  second.errors = [failure("not_a_member")];
  second.queue.restore();
  await settled();
  assert.equal(first.queue.entries.value[0]?.reason, second.queue.entries.value[0]?.reason);
});

test("a held message leaves the outbox without being shown as sent", async () => {
  const tab = new Tab();
  tab.isHeld = true;
  const acked: string[] = [];
  tab.queue.onSent(({ content }) => acked.push(content));
  await tab.write("one", "two");
  assert.deepEqual(tab.sent, ["one", "two"]);
  assert.deepEqual([acked, tab.waiting], [[], []]);
  assert.equal(tab.store.values.size, 0);
});

test("a message that is rejected after its ack is back with the reason, and can be sent again", async () => {
  const tab = new Tab();
  const message = { id: "held-1", roomId: "room", content: "late", at: "2026-12-01T18:02:00.000Z" };
  tab.queue.addRefused(message, failure("muted"));
  tab.queue.addRefused(message, failure("muted"));
  assert.deepEqual(
    tab.queue.entries.value.map(({ content, reason }) => [content, reason]),
    [["late", "Because of muted."]],
  );
  assert.equal(tab.store.values.size, 1);
  assert.deepEqual(tab.sent, []);
  tab.queue.resend("held-1");
  await settled();
  assert.deepEqual(tab.sent, ["late"]);
});
