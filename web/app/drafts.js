import { read, write } from "./keep.js";
import { user } from "./session.js";

const shelf = (roomId) => `draft.${user.peek()?.id}.${roomId}`;

/** What was begun in a room and not sent. */
export const draft = (roomId) => read(shelf(roomId), "");

export const keepDraft = (roomId, text) => write(shelf(roomId), text || null);
