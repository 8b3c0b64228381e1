/** Notices of the server in a room. They are stored as English sentences, and shown in the reader's language. */

import { type Key, lookup, t } from "./words";

/**
 * The sentences of the server with the keys of their messages. `{}` is a quoted name: the first one is `name`, a second one
 * `other`. `{days}` is a number.
 */
export const SENTENCES: readonly (readonly [sentence: string, key: Key])[] = [
  ["{} (admin) joined", "notice.adminJoined"],
  ["{} joined by invitation", "notice.joinedByInvitation"],
  ["{} made {} a moderator", "notice.madeModerator"],
  ["{} removed {}", "notice.removed"],
  [
    "{} made this room public. Everybody can find and join it now. People who join from now on cannot read the messages before this one.",
    "notice.madePublic",
  ],
  ["{} made this room private. From now on people need an invitation to join.", "notice.madePrivate"],
  ["{} changed the room: messages are now kept for {days} day.", "notice.retention"],
  ["{} changed the room: messages are now kept for {days} days.", "notice.retention"],
  ["{} changed the room: messages are now kept without an end.", "notice.retentionEndless"],
];

const QUOTED = "“([^“”]+)”";
const escaped = (text: string): string => text.replace(/[.()]/g, "\\$&");
const patternOf = (sentence: string): RegExp =>
  new RegExp(`^${escaped(sentence).replaceAll("{}", QUOTED).replace("{days}", "(?<days>\\d+)")}$`);
const patterns = SENTENCES.map(([sentence, key]) => [patternOf(sentence), key] as const);

// the server has bounded and isolated the name
const quoted = (text: string): string => t("ui.quoted", { text });

/** A notice in the reader's language; a sentence that is not the server's as it is. */
export function noticeText(content: string): string {
  for (const [pattern, key] of patterns) {
    const found = pattern.exec(content);
    if (!found) continue;
    const [, name = "", other = ""] = found;
    const count = Number(found.groups?.days ?? 0);
    return lookup(key, { name: quoted(name), other: quoted(other), count }) ?? content;
  }
  return content;
}

/** The text of a message as it is shown. */
export const messageText = ({ sender, content }: { sender: unknown; content: string }): string =>
  sender ? content : noticeText(content);
