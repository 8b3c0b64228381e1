/** Parts of Home by room: recent messages, and the people who are there. */

import type { ListedRoom, Message, PresentUser, StudyingNow } from "../../core/types";

/** The messages of one room, the newest first. */
export interface RoomMessages {
  readonly roomId: string;
  readonly messages: readonly Message[];
}

/** Messages, the newest first, by room: the room with the newest message comes first. */
export function messagesByRoom(messages: readonly Message[]): RoomMessages[] {
  const rooms = new Map<string, Message[]>();
  for (const message of messages) rooms.set(message.roomId, [...(rooms.get(message.roomId) ?? []), message]);
  return [...rooms].map(([roomId, found]) => ({ roomId, messages: found }));
}

/** Another user in a room. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly activity: string | null;
  readonly isFocusing: boolean;
}

/** Other users in a room, and the number of those without a name here. */
export interface People {
  readonly people: readonly Person[];
  readonly more: number;
}

/**
 * The other users in a room: first those who focus, then those with an activity.
 *
 * @param room the room, with the number of users who are there.
 * @param present the users there, as known last; empty if there are too many for a list.
 * @param studying members who study now, as the dashboard has them.
 * @param me id of the user, who is left out.
 * @param limit number of people to name.
 */
export function peopleIn(
  { id, activeMembers }: Pick<ListedRoom, "id" | "activeMembers">,
  present: readonly PresentUser[],
  studying: readonly StudyingNow[],
  me: string | undefined,
  limit: number,
): People {
  const here = studying.filter(({ roomId }) => roomId === id);
  const focusing = new Set(here.filter((one) => one.focusing).map(({ user }) => user.id));
  const known = present.length
    ? present.map(({ userId, name, activity }) => ({ id: userId, name, activity }))
    : here.map(({ user, activity }) => ({ id: user.id, name: user.name, activity }));
  const others = known
    .filter((one) => one.id !== me)
    .map((one) => ({ ...one, isFocusing: focusing.has(one.id) }))
    .sort((one, other) => rank(one) - rank(other));
  const people = others.slice(0, limit);
  const all = present.length ? others.length : activeMembers;
  return { people, more: people.length ? Math.max(0, all - people.length) : 0 };
}

const rank = ({ isFocusing, activity }: Person): number => (isFocusing ? 0 : activity ? 1 : 2);
