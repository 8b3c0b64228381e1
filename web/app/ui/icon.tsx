/** Icons: strokes of 1.5 px on a grid of 20, in the colour of the text around them. */

const PATHS = {
  home: "M3 9.5 10 3.5l7 6M5 8v8.5h3.75V12h2.5v4.5H15V8",
  rooms: "M3.5 4.5h10v7h-6l-4 3zM16.5 8v9l-3-2.5h-5",
  tasks: "m3 5.5 1.5 1.5L7 4M10 5.5h7M3 13.5 4.5 15 7 12M10 13.5h7",
  up: "M10 16V4M5 9l5-5 5 5",
  account: "M10 10a3.25 3.25 0 1 0 0-6.5A3.25 3.25 0 0 0 10 10zM3.5 17c.5-3.25 3-5 6.5-5s6 1.75 6.5 5",
  admin: "M10 2.75 4 5v4.5c0 3.75 2.5 6.25 6 7.75 3.5-1.5 6-4 6-7.75V5zM7.5 9.75l1.75 1.75 3.25-3.5",
  progress: "M3.5 16.5h13M5.5 13.5v-4M10 13.5v-9M14.5 13.5v-6",
  people:
    "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.5 16c.3-2.75 2.25-4.25 5-4.25s4.7 1.5 5 4.25M13 4.25a2.75 2.75 0 0 1 0 5M14.5 12c1.75.6 2.75 2 3 4",
  plus: "M10 4v12M4 10h12",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  invite: "M8.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c.4-3.2 2.6-4.75 6-4.75M14.5 11v6M11.5 14h6",
  back: "M12 4.5 6.5 10l5.5 5.5",
  forward: "m8 4.5 5.5 5.5L8 15.5",
  close: "m5 5 10 10M15 5 5 15",
  check: "m4 10.5 4 4 8-9",
  more: "M4.5 10h.010M10 10h.010M15.5 10h.010",
  send: "M3 10h13M11 5l5 5-5 5",
  down: "M10 4v12M5 11l5 5 5-5",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  report: "M5 17V3.5h9.5L12.5 7l2 3.5H5",
  copy: "M7 7h9.5v9.5H7zM4.5 13h-1V3.5H13v1",
  trash: "M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.75 11h7.5l.75-11",
  warning: "M10 3.5 2.75 16.5h14.5zM10 8v4M10 14.25h.010",
  bell: "M10 3a4.5 4.5 0 0 0-4.500 4.500c0 3.750-1.500 5-1.500 5h12s-1.500-1.250-1.500-5A4.500 4.500 0 0 0 10 3zM8.500 15.500a1.600 1.600 0 0 0 3 0",
  "bell-off":
    "M6.500 4.750A4.500 4.500 0 0 1 14.500 7.500c0 1.250.250 2.250.500 3M5.600 6.500c-.100.300-.100.650-.100 1 0 3.750-1.500 5-1.500 5h8.500M8.500 15.500a1.600 1.600 0 0 0 3 0M3 3l14 14",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.250l2.750 1.750",
  pause: "M7 4.500v11M13 4.500v11",
  play: "M6.500 4v12l9-6z",
  skip: "M5 4.500v11l7.500-5.500zM15.500 4.500v11",
  stop: "M5.500 5.500h9v9h-9z",
  "sign-out": "M8 3.5H4v13h4M8.5 10H17M13.5 6.5 17 10l-3.5 3.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Icons that point along the line: mirrored in languages that are written from right to left. */
const DIRECTED: readonly IconName[] = ["back", "forward", "send", "sign-out", "play", "skip"];

/** An icon beside words, or in a control that has a name. */
export const Icon = ({ name, class: kind = "" }: { name: IconName; class?: string }) => (
  <svg
    class={`icon ${DIRECTED.includes(name) ? "directed" : ""} ${kind}`}
    viewBox="0 0 20 20"
    width="20"
    height="20"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
);
