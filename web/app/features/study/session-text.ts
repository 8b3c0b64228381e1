/** Focus sessions in words. */

import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { nameOf } from "../rooms/my-rooms";
import { studyTime } from "./study-days";

/** What a session was for: its activity, or the room, or just study time. */
export const titleOf = ({ activity, roomId }: FocusSession): string =>
  activity || (roomId && nameOf(roomId)) || t("focus.session");

/** "14:00 – 14:45" of a session that has ended; "since 14:00" of the open one. */
export const spanOf = ({ startedAt, endedAt }: FocusSession): string =>
  endedAt
    ? t("focus.fromTo", { from: studyTime(startedAt), to: studyTime(endedAt) })
    : t("focus.since", { time: studyTime(startedAt) });

/** The session that has a part of a time, which is in ms since 1970. */
export const overlapping = (
  sessions: readonly FocusSession[],
  [start, end]: readonly [number, number],
): FocusSession | undefined =>
  sessions.find(({ startedAt, endedAt }) => Date.parse(startedAt) < end && (endedAt ? Date.parse(endedAt) : Infinity) > start);
