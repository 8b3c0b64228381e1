// @ts-nocheck
/** Avatars of users. */

import { initials } from "../core/format";
import { StatusDot } from "./status-dot";

export function Avatar({ name, status }) {
  return (
    <span class="avatar" aria-hidden="true">
      {initials(name)}
      {status && <StatusDot status={status} />}
    </span>
  );
}
