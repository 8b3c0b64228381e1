/** State of a room on the page, as far as the user has access to it. */

/**
 * "outside": not a member. "missing": there is no such room, or it is hidden. "gone": deleted, or hidden from a former member.
 * "left", "removed", "banned": the membership ended while the room was open.
 */
export type RoomState =
  | "loading"
  | "open"
  | "outside"
  | "missing"
  | "deleted"
  | "gone"
  | "left"
  | "removed"
  | "banned"
  | "failed";
