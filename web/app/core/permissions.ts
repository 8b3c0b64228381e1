/** Permissions in a room, as the server decides them: the page offers nothing that would be rejected. */

import { user } from "./session";
import type { Member, Role } from "./types";

const RANKS: Readonly<Record<Role, number>> = { owner: 2, moderator: 1, member: 0 };

/** A room with the role that the user has in it. */
interface WithRole {
  readonly role: Role | null;
}

const rankIn = (room: WithRole | null | undefined): number => (room?.role ? RANKS[room.role] : -1);

export const isAdmin = (): boolean => user.value?.role === "admin";

/** True for the owner, moderators and admins. */
export const canModerate = (room: WithRole | null | undefined): boolean => isAdmin() || rankIn(room) >= RANKS.moderator;

/** True for the owner and admins: they may change the room. */
export const isOwner = (room: WithRole | null | undefined): boolean => isAdmin() || rankIn(room) === RANKS.owner;

/** True if the user may mute, remove and ban this member: from a higher rank only, and never the owner or an admin. */
export const canManage = (room: WithRole | null | undefined, member: Pick<Member, "id" | "role" | "isAdmin">): boolean =>
  member.id !== user.value?.id &&
  member.role !== "owner" &&
  !member.isAdmin &&
  (isAdmin() || rankIn(room) > RANKS[member.role]);
