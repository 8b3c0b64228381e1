/** Drafts of this tab and of other tabs of this browser. */

import { onStoredNames, read, storedNames, write } from "../../core/local-store";
import { user } from "../../core/session";
import { onRenamed, openTabs, tab } from "../../core/tab";
import { nameOf } from "../rooms/my-rooms";
import { type Draft, DraftStore } from "./draft-store";

const drafts = new DraftStore({
  userId: () => user.peek()?.id ?? null,
  tab: () => tab,
  openTabs,
  roomName: nameOf,
  now: Date.now,
  store: { names: storedNames, read, write },
});

/** Counts up when a draft is stored or removed, here or in another tab. */
export const changes = drafts.changes;
/** The draft of this tab in a room, or "". */
export const draft = (roomId: string): string => drafts.text(roomId);
export const storeDraft = (roomId: string, text: string): void => drafts.set(roomId, text);
/** Drafts of all tabs, newest first. */
export const allDrafts = (): Draft[] => drafts.all();
export const removeDraft = (name: string): void => drafts.remove(name);
/** Move the newest draft of a closed tab in this room to this tab, if it has none. Returns the text, or "". */
export const takeOver = (roomId: string): Promise<string> => drafts.takeOver(roomId);

/** Start to follow other tabs, and to mark drafts when this tab is left; call once. */
export function startDrafts(): void {
  drafts.mark(false); // after a reload, `pageshow` may precede the start
  addEventListener("pagehide", () => drafts.mark(true));
  addEventListener("pageshow", () => drafts.mark(false));
  onRenamed((before: string) => drafts.copyFrom(before));
  onStoredNames("draft.", () => drafts.changed());
}
