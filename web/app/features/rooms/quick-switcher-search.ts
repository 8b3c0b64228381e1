/** Results of the quick switcher. */

import { rooms as api } from "../../core/api";
import { route } from "../../core/router";
import { searchKey } from "../../core/search-key";
import { user } from "../../core/session";
import type { ListedRoom, Member } from "../../core/types";
import { t } from "../../core/words";
import { myRooms } from "./my-rooms";

const MAX_ROOMS = 20;
const MAX_PEOPLE = 8;

export interface SwitcherEntry {
  readonly kind: "room" | "member";
  /** Id of the room or the user. */
  readonly id: string;
  /** Unlike `id`, different for all entries. */
  readonly key: string;
  readonly name: string;
  readonly hint: string;
  readonly unread: number;
}

/** Entries under a heading. */
export interface SwitcherGroup {
  readonly name: string;
  readonly entries: readonly SwitcherEntry[];
}

/** The part of a room's session that the quick switcher uses. */
interface RoomWithMembers {
  readonly memberOf: { readonly value: ReadonlyMap<string, Member> };
}

const roomEntry = ({ id, name, subject, unread = 0 }: ListedRoom): SwitcherEntry => ({
  kind: "room",
  id,
  key: `room-${id}`,
  name,
  hint: subject,
  unread,
});

const memberEntry = ({ id, name }: Member): SwitcherEntry => ({
  kind: "member",
  id,
  key: `member-${id}`,
  name,
  hint: "",
  unread: 0,
});

/** Public rooms of which the user is not a member, with the text in their name or subject. */
export async function findPublicRooms(text: string): Promise<SwitcherEntry[]> {
  const { discoverRooms } = await api.list({ search: text, limit: MAX_PEOPLE });
  return discoverRooms.map(roomEntry);
}

/** All results for a text: the user's rooms, people of the current room, then public rooms. Groups without entries are left out. */
export function foundEntries(
  text: string,
  publicRooms: readonly SwitcherEntry[],
  room: RoomWithMembers | null,
): readonly SwitcherGroup[] {
  const mine = (myRooms.value ?? []).filter(({ id }) => id !== viewedRoom());
  const rooms = text.trim() ? mine : [...mine].sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0));
  const people = [...(room?.memberOf.value.values() ?? [])].filter(({ id }) => id !== user.value?.id);
  const ids = new Set((myRooms.value ?? []).map(({ id }) => id));
  const groups = [
    { name: t("shortcuts.myRooms"), entries: matching(text, rooms.map(roomEntry)).slice(0, MAX_ROOMS) },
    { name: t("shortcuts.people"), entries: matching(text, people.map(memberEntry)).slice(0, MAX_PEOPLE) },
    { name: t("shortcuts.publicRooms"), entries: publicRooms.filter(({ id }) => !ids.has(id)) },
  ];
  return groups.filter(({ entries }) => entries.length > 0);
}

const viewedRoom = (): string | null => (route.value.name === "room" ? route.value.id : null);

/** Entries with the text in their name; those in which a word begins with it come first. */
function matching(text: string, entries: readonly SwitcherEntry[]): SwitcherEntry[] {
  const wanted = searchKey(text).trim();
  if (!wanted) return [...entries];
  const rank = (entry: SwitcherEntry): number => {
    const key = searchKey(entry.name);
    if (key.startsWith(wanted)) return 2;
    if (key.includes(` ${wanted}`)) return 1;
    return key.includes(wanted) ? 0 : -1;
  };
  return entries
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((ranked) => ranked.rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ entry }) => entry);
}
