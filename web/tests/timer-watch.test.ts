import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { signal } from "@preact/signals";
import { startTitle, titleStatus } from "../app/core/title";
import type { Timer } from "../app/core/types";
import { setLanguage } from "../app/core/words";
import { roomOnPage } from "../app/features/messages/unsent-text";
import { currentRoom } from "../app/features/room/current-room";
import type { RoomSession } from "../app/features/room/room-session";
import { LiveTimer, phaseNotice } from "../app/features/study/live-timer";
import { myTimer } from "../app/features/study/my-timer";
import { startTimerWatch } from "../app/features/study/timer-watch";
import { en } from "../app/words/en";
import { enStudy } from "../app/words/en-study";
import { clock, settled } from "./support/browser";

const MINUTE = 60_000;
const BEN = "ben";

setLanguage("en", { ...en, ...enStudy });

const toast = signal<{ text: string; at: number } | null>(null);
const unread = signal(0);
let room = { id: "", timer: new LiveTimer() };

/** A timer that was started now. */
function started(fields: Partial<Timer> = {}): Timer {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    roomId: "room",
    state: "running",
    phase: "focus",
    round: 1,
    startedAt: iso(clock.now),
    endsAt: iso(clock.now + 25 * MINUTE),
    remaining: 1500,
    duration: 1500,
    plan: { focus: 1500, shortBreak: 300, longBreak: 900, rounds: 4 },
    nextPlan: null,
    autoContinue: true,
    version: 1,
    changedBy: BEN,
    serverTime: iso(clock.now),
    ...fields,
  };
}

const idle = (fields: Partial<Timer> = {}): Timer =>
  started({ state: "idle", phase: null, round: 0, startedAt: null, endsAt: null, remaining: null, duration: null, ...fields });

function see(visibilityState: "visible" | "hidden") {
  Object.assign(document, { visibilityState });
  document.dispatchEvent(new Event("visibilitychange"));
}

function enter(id: string) {
  room = { id, timer: new LiveTimer() };
  toast.value = phaseNotice.value = null;
  roomOnPage.value = id;
  see("visible");
  const people = signal([{ id: BEN, name: "Ben Lindqvist" }]);
  const session = { ...room, toast, presence: { people }, memberOf: signal(new Map()) };
  currentRoom.value = session as unknown as RoomSession;
}

startTitle(unread);
enter("early");
room.timer.reset(started());
startTimerWatch({ roomId: "early", timer: idle({ version: 0 }) });
const toldAtStart = toast.value?.text;
beforeEach(() => enter("room"));

test("the start that loads this module is told, too", () => {
  assert.equal(toldAtStart, "“Ben Lindqvist” started the timer.");
});

test("the title counts down while the timer runs, behind the unread messages", async () => {
  room.timer.reset(started());
  assert.equal(document.title, "25:00 · Studyhall");
  await clock.pass(1_000);
  assert.equal(document.title, "24:59 · Studyhall");
  unread.value = 3;
  assert.equal(document.title, "(3) 24:59 · Studyhall");
  unread.value = 0;
  room.timer.adopt(idle({ version: 2 }));
  assert.equal(document.title, "Studyhall");
});

test("a hidden tab counts minutes, and seconds again when it is visible", async () => {
  room.timer.reset(started());
  see("hidden");
  assert.equal(titleStatus.value, "25 min");
  await clock.pass(30_000);
  assert.equal(titleStatus.value, "25 min");
  await clock.pass(30_000);
  assert.equal(titleStatus.value, "24 min");
  see("visible");
  assert.equal(titleStatus.value, "24:00");
});

test("the end of a phase is told once, whether the server or the clock is first", async () => {
  room.timer.reset(started());
  await clock.pass(25 * MINUTE);
  assert.equal(toast.value?.text, "Short break: 5 min");
  toast.value = null;
  const end = clock.now;
  const breakEnd = new Date(end + 5 * MINUTE).toISOString();
  const pause = { phase: "shortBreak" as const, endsAt: breakEnd, duration: 300, remaining: 300 };
  room.timer.adopt(started({ ...pause, version: 2 }));
  await clock.pass(5 * MINUTE - 800);
  assert.equal(toast.value, null);
  const event = { round: 2, startedAt: breakEnd, endsAt: new Date(end + 30 * MINUTE).toISOString(), version: 3 };
  room.timer.adopt(started(event));
  assert.equal((toast as { value: { text: string } | null }).value?.text, "Focus, round 2 of 4: 25 min");
});

test("on another view, the end of a phase is a notice", async () => {
  room.timer.reset(started());
  roomOnPage.value = null;
  see("hidden");
  await clock.pass(25 * MINUTE);
  assert.deepEqual(phaseNotice.value, { text: "Short break: 5 min", roomId: "room" });
  assert.equal(toast.value, null);
});

test("a timer that does not go on by itself says that it waits", async () => {
  room.timer.reset(started({ autoContinue: false }));
  see("hidden");
  await clock.pass(25 * MINUTE);
  assert.equal(toast.value?.text, "The focus phase is over. Start the break when you are ready.");
  assert.equal(titleStatus.value, "");
});

test("changes by others are told with their name, own ones are not", async () => {
  const texts: (string | undefined)[] = [];
  const change = async (timer: Timer) => {
    toast.value = null;
    room.timer.adopt(timer);
    await settled();
    texts.push(toast.value ? (toast.value as { text: string }).text : undefined);
  };
  room.timer.reset(idle({ version: 0 }));
  await change(started({ version: 1 }));
  await change(started({ version: 2, state: "paused", startedAt: null, endsAt: null, remaining: 1400 }));
  await change(started({ version: 3 }));
  await change(started({ version: 4, duration: 1800, endsAt: new Date(clock.now + 30 * MINUTE).toISOString() }));
  await change(started({ version: 5, phase: "shortBreak", duration: 300, changedBy: "unknown" }));
  await change(idle({ version: 6 }));
  await change(started({ version: 7, changedBy: null }));
  await change(idle({ version: 8, changedBy: null }));
  assert.deepEqual(texts, [
    "“Ben Lindqvist” started the timer.",
    "“Ben Lindqvist” paused the timer.",
    "“Ben Lindqvist” resumed the timer.",
    "“Ben Lindqvist” added time to this phase.",
    "A member skipped a phase of the timer.",
    "“Ben Lindqvist” stopped the timer.",
    undefined,
    "The timer stopped.",
  ]);
});

test("joining a room in which a timer runs tells nothing", async () => {
  room.timer.reset(started({ version: 9 }));
  await settled();
  assert.equal(toast.value, null);
  currentRoom.value = null;
  assert.equal(titleStatus.value, "");
});

test("without a timer in the room, the user's own one is followed", async () => {
  room.timer.reset(idle());
  myTimer.reset(started({ roomId: null, duration: 60, endsAt: new Date(clock.now + MINUTE).toISOString() }));
  assert.equal(titleStatus.value, "1:00");
  await clock.pass(MINUTE);
  assert.deepEqual(phaseNotice.value, { text: "Short break: 5 min", roomId: null });
  phaseNotice.value = null;
  room.timer.adopt(started({ version: 2 }));
  assert.equal(titleStatus.value, "25:00", "the room's timer comes first");
  room.timer.adopt(idle({ version: 3, changedBy: BEN }));
  myTimer.adopt(idle({ roomId: null, version: 9, changedBy: null }));
  assert.equal(titleStatus.value, "");
});
