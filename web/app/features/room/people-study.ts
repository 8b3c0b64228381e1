/** Study time of the people in a room through the phases of its timer, of which the server tells no more than the timer. */

import type { RoomUser, Timer } from "../../core/types";

const MIN_SECONDS = 60;

const isFocus = (timer: Timer | null): timer is Timer => timer?.state === "running" && timer.phase === "focus";

/**
 * The people after the timer changed: who follows it and shows their time begins to study with a focus phase, and ends with it.
 *
 * @param before the timer until now; null if it was unknown.
 * @param after the timer from now on.
 */
export function throughPhase(people: readonly RoomUser[], before: Timer | null, after: Timer): readonly RoomUser[] {
  if (!before || (isFocus(before) === isFocus(after) && before.round === after.round)) return people;
  const ended = isFocus(before) ? people.map((person) => withoutSession(person, before, after)) : people;
  return isFocus(after) ? ended.map((person) => withSession(person, after)) : ended;
}

/** A person whose session was one of the phase: it did not begin before. */
function withoutSession(person: RoomUser, { startedAt, endsAt }: Timer, { serverTime }: Timer): RoomUser {
  const { followsTimer, focusedToday, focusSince } = person;
  if (!followsTimer || !focusedToday?.runningSince || !focusSince) return person;
  if (startedAt && Date.parse(focusSince) < Date.parse(startedAt)) return person;
  const end = Math.min(Date.parse(endsAt ?? serverTime), Date.parse(serverTime));
  const secondsSince = (start: string) => Math.max(0, Math.floor((end - Date.parse(start)) / 1000));
  const counted = secondsSince(focusSince) < MIN_SECONDS ? 0 : secondsSince(focusedToday.runningSince);
  return { ...person, focusedToday: { seconds: focusedToday.seconds + counted, runningSince: null }, focusSince: null };
}

function withSession(person: RoomUser, { startedAt, serverTime }: Timer): RoomUser {
  const { followsTimer, focusedToday, focusSince } = person;
  if (!followsTimer || !focusedToday || focusSince) return person;
  const since = startedAt ?? serverTime;
  return { ...person, focusedToday: { ...focusedToday, runningSince: since }, focusSince: since };
}
