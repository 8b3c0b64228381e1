/**
 * Follows the timer of the current room, or else that of the user alone, on every view: the title of the tab counts down, the end of a phase is told and heard,
 * and the clock is compared with the server's while the timer runs.
 *
 * In a background tab, browsers delay timeouts, by up to a minute. So each one is planned by the end of the phase, and the event
 * of the server at the boundary arrives in time.
 */

import { effect, untracked } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { quoted } from "../../core/format";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import { titleStatus } from "../../core/title";
import type { Timer } from "../../core/types";
import { t } from "../../core/words";
import { roomOnPage } from "../messages/unsent-text";
import { currentRoom } from "../room/current-room";
import type { RoomSession } from "../room/room-session";
import { type LiveTimer, phaseNotice } from "./live-timer";
import { myTimer } from "./my-timer";
import { playPhaseSound, startPhaseSound } from "./phase-sound";
import type { KnownTimer } from "./start-study";
import { clockText, secondsOf, type TimerNow, timerAt, untilNextSecond } from "./timer";
import { beganText, changeText, minutesText } from "./timer-words";

const MINUTE = 60_000;
/** Milliseconds before its end until which a phase that changes was changed by a user: clocks differ by less. */
const BOUNDARY_TOLERANCE = 1_500;
/** Milliseconds after the end of a phase in which it is still news. */
const NEWS = 60_000;
/** Answers that are compared to find the server's time. */
const MEASUREMENTS = 3;
/** Milliseconds until the first measurement at most: an event reaches all people of a room at once. */
const MEASUREMENT_DELAY = 3_000;

/** A timer that is followed; its room is null for that of the user alone. */
interface Followed {
  readonly room: RoomSession | null;
  readonly timer: LiveTimer;
}

/** The room's timer, unless only the user's own one is started. */
function followed(): Followed | null {
  const room = currentRoom.value;
  if (room && (room.timer.isStarted.value || !myTimer.isStarted.value)) return { room, timer: room.timer };
  return myTimer.isStarted.value || before?.roomId === null ? { room: null, timer: myTimer } : null;
}

let before: { readonly roomId: string | null; readonly now: TimerNow } | null = null;
let timeout: ReturnType<typeof setTimeout> | undefined;

/** Start to follow the timer of the current room; `known` is how it was last known. */
export function startTimerWatch(known: KnownTimer | null = null): void {
  before = known && { roomId: known.roomId, now: timerAt(known.timer, serverClock.now()) };
  startPhaseSound();
  startMeasurements();
  effect(() => {
    const { room = null, timer } = followed() ?? {};
    const known = timer?.known.value ?? null;
    untracked(() => follow(room, known));
  });
  const catchUp = () => {
    const { room = null, timer } = followed() ?? {};
    follow(room, timer?.known.peek() ?? null);
  };
  document.addEventListener("visibilitychange", catchUp);
}

function follow(room: RoomSession | null, timer: Timer | null): void {
  clearTimeout(timeout);
  if (!timer) {
    before = null;
    titleStatus.value = "";
    return;
  }
  const now = timerAt(timer, serverClock.now());
  const roomId = room?.id ?? null;
  const last = before?.roomId === roomId ? before.now : null;
  before = { roomId, now };
  if (last) tell(room, timer, last, now);
  titleStatus.value = titleText(now);
  if (now.state === "running") timeout = setTimeout(() => follow(room, timer), untilNextTitle(now.left));
}

/** The title of a visible tab counts seconds; browsers let hidden ones do so only each minute. */
const isVisible = (): boolean => document.visibilityState === "visible";

function titleText({ state, left }: TimerNow): string {
  if (state !== "running") return "";
  return isVisible() ? clockText(secondsOf(left)) : minutesText(Math.ceil(left / MINUTE) * 60);
}

const untilNextTitle = (left: number): number => (isVisible() ? untilNextSecond(left) : left % MINUTE || MINUTE);

function tell(room: RoomSession | null, timer: Timer, last: TimerNow, now: TimerNow): void {
  if (last.version === now.version && last.state === now.state) return;
  const time = serverClock.now();
  const isBoundary = last.endsAt !== null && time >= last.endsAt - BOUNDARY_TOLERANCE && now.state !== "idle";
  if (isBoundary) {
    if (isNews(last, now, time)) void playPhaseSound(now.phase === "focus" ? "focus" : "break").catch(() => {});
    say(room, now.state === "running" ? beganText(now) : t(now.phase === "focus" ? "timer.breakOver" : "timer.focusOver"));
  } else if (timer.changedBy === null) {
    if (now.state === "idle") say(room, t("timer.stoppedItself"));
  } else if (room && timer.changedBy !== user.peek()?.id) {
    const text = changeText(last, now, nameOf(room, timer.changedBy));
    if (text) show(room, text);
  }
}

// a computer that was asleep does not ring for a phase that ended long ago
function isNews(last: TimerNow, now: TimerNow, time: number): boolean {
  if (now.state === "running") return now.length - now.left < NEWS;
  return last.endsAt !== null && time - last.endsAt < NEWS;
}

function nameOf(room: RoomSession, id: string): string {
  const known = room.presence.people.peek().find((one) => one.id === id) ?? room.memberOf.peek().get(id);
  return known ? quoted(known.name) : t("timer.otherMember");
}

/** Tell what concerns everyone in the room: in the room, or as a notice on other views. */
function say(room: RoomSession | null, text: string): void {
  if (room && roomOnPage.peek() === room.id) show(room, text);
  else phaseNotice.value = { text, roomId: room?.id ?? null };
}

function show(room: RoomSession, text: string): void {
  room.toast.value = { text, at: Date.now() };
}

/** Compare the clock once for each phase that runs: the answer with the smallest round trip of several counts. */
function startMeasurements(): void {
  let measured = "";
  effect(() => {
    const room = currentRoom.value;
    const timer = room?.timer.known.value;
    const phase = `${room?.id} ${timer?.version}`;
    if (!room || timer?.state !== "running" || phase === measured || !serverClock.isImprecise) return;
    measured = phase; // not again at once after a slow answer, or none
    setTimeout(async () => {
      await measure(room.id).catch(() => {});
      room.timer.corrected();
    }, Math.random() * MEASUREMENT_DELAY);
  });
}

async function measure(roomId: string): Promise<void> {
  for (let number = 0; number < MEASUREMENTS && serverClock.isImprecise; number++) {
    const arrived = serverClock.measure();
    arrived((await api.timer(roomId)).serverTime);
  }
}
