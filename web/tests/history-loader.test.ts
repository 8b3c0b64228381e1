import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { History, Message } from "../app/core/types";
import { Timeline } from "../app/features/messages/timeline";
import { HistoryLoader } from "../app/features/room/history-loader";
import { clock, settled } from "./support/browser";

const message = (seq: number) => ({ seq }) as Message;
const page = (...seqs: number[]) => ({ messages: seqs.map(message), pagination: { firstSeq: 1 } }) as History;

let timeline: Timeline;
let history: HistoryLoader;
let queries: object[];
/** Answers in order; an error for a request that fails. */
let answers: (History | Error)[];

beforeEach(() => {
  timeline = new Timeline();
  timeline.replace([message(5), message(6)], 9, 1);
  queries = [];
  answers = [];
  history = new HistoryLoader(timeline, {
    load: async (query) => {
      queries.push(query);
      const answer = answers.shift() ?? page();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    add: (messages) => timeline.add(messages),
    replace: (messages) => timeline.replace(messages, 9, 1),
  });
});

const seqs = () => timeline.messages.value.map(({ seq }) => seq);

test("older and newer messages are loaded at the ends of the timeline", async () => {
  answers = [page(3, 4), page(7)];
  await history.loadOlder();
  await history.loadNewer();
  assert.deepEqual(queries, [
    { before: 5, limit: 100 },
    { after: 6, limit: 100 },
  ]);
  assert.deepEqual(seqs(), [3, 4, 5, 6, 7]);
});

test("one request at a time loads older messages", async () => {
  answers = [page(4)];
  const loading = history.loadOlder();
  assert.equal(history.loadingOlder.value, true);
  await Promise.all([loading, history.loadOlder()]);
  assert.deepEqual([queries.length, history.loadingOlder.value], [1, false]);
});

test("after a failed request the next one waits", async () => {
  answers = [new Error("unreachable")];
  const loading = history.loadOlder();
  await settled();
  assert.equal(history.loadingOlder.value, true);
  await clock.pass(2_000);
  await loading;
  assert.equal(history.loadingOlder.value, false);
});

test("the newest messages replace the others, unless they are there", async () => {
  answers = [page(8, 9)];
  await history.toNewest();
  await history.toNewest();
  assert.deepEqual([queries.length, seqs()], [1, [8, 9]]);
});

test("messages around a number replace the others, unless it is there", async () => {
  answers = [page(151, 152)];
  await history.toMessage(6);
  await history.toMessage(200);
  assert.deepEqual([queries, seqs()], [[{ after: 150, limit: 100 }], [151, 152]]);
});

test("the first page begins a little before the first unread message, or with the latest ones", async () => {
  answers = [page(30, 31), new Error("unreachable")];
  assert.deepEqual((await history.firstPage(50, [])).length, 2);
  assert.deepEqual(queries, [{ after: 30, limit: 100 }]);
  assert.deepEqual(await history.firstPage(50, [message(9)]), [message(9)]);
});
