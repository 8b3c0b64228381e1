// @ts-nocheck
/** The reading room from above: tables, and a lamp at every seat, some of them lit. */

const TABLES = [
  { x: 10, y: 14, seats: [1, 0, 1, 1, 0] },
  { x: 10, y: 88, seats: [0, 1, 1, 0, 1] },
  { x: 258, y: 14, seats: [1, 1, 0, 1, 0] },
  { x: 258, y: 88, seats: [0, 0, 1, 1, 1] },
];

function Table({ x, y, seats, nth }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect class="table" width="212" height="46" rx="7" />
      <path class="spine" d="M12 23h188" />
      {seats.map((isLit, at) => (
        <g class={isLit ? "seat lit" : "seat"} transform={`translate(${26 + at * 40} 23)`} key={at}>
          <circle class={`halo light-${(nth * 2 + at * 3) % 7}`} r="17" />
          <circle class={`bulb light-${(nth * 2 + at * 3) % 7}`} r="5.500" />
        </g>
      ))}
    </g>
  );
}

/** Tables of the plan; welcome.tsx has its frame. */
export const Tables = () => TABLES.map((table, nth) => <Table {...table} nth={nth} key={nth} />);
