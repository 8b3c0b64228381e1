/** The user's focus session, the same in all tabs and on all devices: counted study time. */

import { signal } from "@preact/signals";
import { focus as api } from "../../core/api";
import { on } from "../../core/connection";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import type { FocusCheck, FocusSession, FocusState } from "../../core/types";

/** The open session; null if there is none, undefined before it is known. */
export const focusSession = signal<FocusSession | null | undefined>(undefined);
/** The session that ended last, while no other one is open; it can be continued for some minutes. */
export const endedSession = signal<FocusSession | null>(null);
/** The question whether the user still studies; null if it is answered or over. */
export const focusCheck = signal<FocusCheck | null>(null);
/** Number of changes of the user's sessions: lists of them are loaded again. */
export const focusChanges = signal(0);

/** Take over a state of an event or of an answer. */
export function takeFocus({ session, check, ended, serverTime }: FocusState): void {
  serverClock.heard(serverTime);
  focusSession.value = session;
  focusCheck.value = check;
  if (session || ended) endedSession.value = session ? null : ended;
  focusChanges.value++;
}

/** Load the state; an event during the request is newer. */
export async function loadFocus(): Promise<void> {
  const id = user.peek()?.id;
  const before = focusChanges.peek();
  const arrived = serverClock.measure();
  const state = await api.current();
  arrived(state.serverTime);
  if (user.peek()?.id === id && focusChanges.peek() === before) takeFocus(state);
}

/** Start to follow the session. */
export function startMyFocus(): void {
  on("listening", () => void loadFocus().catch(() => {})); // events before it may have been missed
  on("focus-updated", takeFocus);
  on("focus-check", (check) => {
    focusCheck.value = check;
  });
}

/** Forget the session when another user signs in. */
export function clearFocus(): void {
  focusSession.value = undefined;
  endedSession.value = null;
  focusCheck.value = null;
}
