/** The seats of a room: a dot for each person who is present, and a free one for each member who is not. */

import type { Status } from "../core/types";
import { StatusDot } from "./status-dot";

const MAX_SEATS = 10;

interface SeatMapProps {
  people?: readonly { readonly status?: Status | null }[];
  /** Number of people who are present; those beyond `people` count as active. */
  number?: number;
  /** Number of members. */
  seats: number;
  most?: number;
}

export function SeatMap({ people = [], number = people.length, seats, most = MAX_SEATS }: SeatMapProps) {
  const shown = Math.min(Math.max(seats, number), most);
  return (
    <span class="seat-map" aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        <StatusDot key={index} status={index < number ? (people[index]?.status ?? "active") : "free"} />
      ))}
    </span>
  );
}
