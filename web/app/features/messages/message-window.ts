// @ts-nocheck
/** Which part of a timeline stands in the page. Numbers are `seq`, both ends included. */

const MOST = 180;
const STEP = 50;

/** The newest. */
export const newest = (high, low) => ({ from: Math.max(low, high - MOST + STEP + 1), to: high });

/** From somewhere in the middle. */
export const around = (seq, low, high) => {
  const from = Math.max(low, seq - STEP);
  return { from, to: Math.min(high, from + MOST - 1) };
};

export function older({ from, to }, low) {
  const next = Math.max(low, from - STEP);
  return { from: next, to: Math.min(to, next + MOST - 1) };
}

export function newer({ from, to }, high) {
  const next = Math.min(high, to + STEP);
  return { from: Math.max(from, next - MOST + 1), to: next };
}
