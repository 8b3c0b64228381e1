/** Picture of the welcome view: a reading room from above, with a lamp at each seat. */

import { t } from "../../core/words";

interface Desk {
  x: number;
  y: number;
  /** For each seat, true if its lamp is lit. */
  seats: readonly boolean[];
}

const DESKS: readonly Desk[] = [
  { x: 10, y: 14, seats: [true, false, true, true, false] },
  { x: 10, y: 88, seats: [false, true, true, false, true] },
  { x: 258, y: 14, seats: [true, true, false, true, false] },
  { x: 258, y: 88, seats: [false, false, true, true, true] },
];
const DELAYS = 7;

export const Hero = () => (
  <svg class="hero" viewBox="9 13 462 122" role="img" aria-label={t("auth.welcomePicture")}>
    {DESKS.map((desk, number) => (
      <DeskShape {...desk} number={number} key={number} />
    ))}
  </svg>
);

const DeskShape = ({ x, y, seats, number }: Desk & { number: number }) => (
  <g transform={`translate(${x} ${y})`}>
    <rect class="table" width="212" height="46" rx="7" />
    <path class="spine" d="M12 23h188" />
    {seats.map((isLit, seat) => (
      <Seat isLit={isLit} x={26 + seat * 40} delay={(number * 2 + seat * 3) % DELAYS} key={seat} />
    ))}
  </g>
);

const Seat = ({ isLit, x, delay }: { isLit: boolean; x: number; delay: number }) => (
  <g class={isLit ? "seat lit" : "seat"} transform={`translate(${x} 23)`}>
    <circle class={`halo light-${delay}`} r="17" />
    <circle class={`bulb light-${delay}`} r="5.5" />
  </g>
);
