// @ts-nocheck
/** Numbers on links and buttons. */

import { count } from "../core/format";

/** How many there are, where there are any, and of what: "open report", or `label` as a whole. */
export const Badge = ({ number, of, label = count(number, of) }) =>
  number > 0 && (
    <span class="badge">
      <span aria-hidden="true">{number > 99 ? "99+" : number}</span>
      <span class="hidden">{label}</span>
    </span>
  );

export const UnreadBadge = ({ number }) => <Badge number={number} of="unread message" />;
