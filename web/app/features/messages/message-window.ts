/** Message window: the part of a timeline that is rendered. Bounds are `seq`, both included. */

export interface MessageWindow {
  readonly from: number;
  readonly to: number;
}

/** Maximum of messages in the page. */
export const MAX_SIZE = 180;
const STEP = 50;

/** The newest messages, with space for one step of older ones. */
export const newest = (high: number, low: number): MessageWindow => ({
  from: Math.max(low, high - MAX_SIZE + STEP + 1),
  to: high,
});

/** A window with one step of messages before `seq`. */
export function around(seq: number, low: number, high: number): MessageWindow {
  const from = Math.max(low, seq - STEP);
  return { from, to: Math.min(high, from + MAX_SIZE - 1) };
}

/** The window moved to older messages by one step. */
export function older({ from, to }: MessageWindow, low: number): MessageWindow {
  const next = Math.max(low, from - STEP);
  return { from: next, to: Math.min(to, next + MAX_SIZE - 1) };
}

/** The window moved to newer messages by one step. */
export function newer({ from, to }: MessageWindow, high: number): MessageWindow {
  const next = Math.min(high, to + STEP);
  return { from: Math.max(from, next - MAX_SIZE + 1), to: next };
}
