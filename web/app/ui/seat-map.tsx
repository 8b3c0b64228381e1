// @ts-nocheck
/** The seats of a room. */

import { StatusDot } from "./status-dot";

/** The room's table: a lamp for each who is in, and a free seat for each member who is not. */
export function SeatMap({ people = [], number = people.length, seats, most = 10 }) {
  const shown = Math.min(Math.max(seats, number), most);
  const status = (at) => (at < number ? (people[at]?.status ?? "active") : "free");
  return (
    <span class="seat-map" aria-hidden="true">
      {Array.from({ length: shown }, (_, at) => (
        <StatusDot status={status(at)} />
      ))}
    </span>
  );
}
