// @ts-nocheck
/**
 * Drafts: text that was begun in a room and not sent. Each tab stores its own, under a key of its own, and overwrites no other.
 * The draft of a closed tab goes to the next tab that has none.
 */

import { signal } from "@preact/signals";
import { namesOf, onNames, read, write } from "../../core/local-store";
import { user } from "../../core/session";
import { onRenamed, openTabs, tab } from "../../core/tab";
import { nameOf } from "../rooms/my-rooms";

const shelf = (roomId, of = tab) => `draft.${user.peek()?.id}.${roomId}.${of}`;

/** Counts up when a draft was kept or removed, here or in another tab. */
export const changes = signal(0);

/** The draft of this tab in a room. */
export const draft = (roomId) => read(shelf(roomId))?.text ?? "";

export function keepDraft(roomId, text) {
  write(shelf(roomId), text ? { text, at: Date.now(), roomName: nameOf(roomId) } : null);
  changes.value += 1;
}

/** Every draft of every tab: `[{name, roomId, of, text, at, roomName, isLeft}]`, the newest first. */
export function allDrafts() {
  const beginning = `draft.${user.peek()?.id}.`;
  const found = namesOf(beginning).map((name) => {
    const [roomId, of = ""] = name.slice(beginning.length).split(".");
    const kept = read(name);
    return { name, roomId, of, at: 0, ...(typeof kept === "string" ? { text: kept } : kept) };
  });
  return found.filter(({ text }) => typeof text === "string" && text).sort((one, other) => other.at - one.at);
}

export function removeDraft(name) {
  write(name, null);
  changes.value += 1;
}

/** Take over the newest draft in this room of a tab that is closed, if this tab has none; returns its text, or "". */
export async function takeOver(roomId) {
  if (draft(roomId) || !allDrafts().some((kept) => kept.roomId === roomId)) return "";
  const open = await openTabs();
  const isOver = ({ of, isLeft }) => of !== tab && (open ? !open.has(of) : isLeft || !of);
  const found = allDrafts().find((kept) => kept.roomId === roomId && isOver(kept));
  if (!found || draft(roomId)) return "";
  keepDraft(roomId, found.text);
  removeDraft(found.name);
  return found.text;
}

const mine = (of = tab) => allDrafts().filter((kept) => kept.of === of);

// for browsers that do not say which tabs are open
const mark = (isLeft) => {
  for (const { name } of user.peek() ? mine() : []) write(name, { ...read(name), isLeft });
};
addEventListener("pagehide", () => mark(true));
addEventListener("pageshow", () => mark(false));

// a duplicate has the same text in front of it, and from now on it is its own
onRenamed((before) => {
  for (const { roomId, text } of mine(before)) keepDraft(roomId, text);
});
onNames("draft.", () => (changes.value += 1));
