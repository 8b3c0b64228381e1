/** What somebody may do in a room, as the server decides it: the page offers nothing that would be refused. */

import { user } from "./session";

const RANK = { owner: 2, moderator: 1, member: 0 };

export const isAdmin = () => user.value?.role === "admin";

/** Whether I look after the room: its owner, a moderator or an admin. */
export const canModerate = (room) => isAdmin() || RANK[room?.role] > 0;

/** Whether the room is mine to change. */
export const isOwner = (room) => isAdmin() || room?.role === "owner";

/** Whether I may mute, remove and ban this member: who is above them, and nobody the owner or an admin. */
export const canManage = (room, member) =>
  member.id !== user.value?.id &&
  member.role !== "owner" &&
  !member.isAdmin &&
  (isAdmin() || RANK[room?.role] > (RANK[member.role] ?? 0));
