/** Avatars: initials of a user on a tone that belongs to the id. */

import { initials } from "../core/format";
import type { Status } from "../core/types";
import { StatusDot } from "./status-dot";

const TONES = 8;

interface AvatarProps {
  id: string;
  name: string;
  /** Shown as a dot on the avatar; left out for users whose presence is unknown or shown elsewhere. */
  status?: Status | null;
}

/** Beside the name of the user, which screen readers read instead. */
export const Avatar = ({ id, name, status }: AvatarProps) => (
  <span class={`avatar tone-${tone(id)}`} aria-hidden="true">
    {initials(name)}
    {status && <StatusDot status={status} />}
  </span>
);

/** The tone of an id, 0 to 7: the same in each browser. */
export function tone(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 65_521;
  return sum % TONES;
}
