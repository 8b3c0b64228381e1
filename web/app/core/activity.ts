// @ts-nocheck
/** Input on a page that can be seen: a sign that its user is here. */

const KINDS = ["keydown", "input", "pointerdown", "pointermove", "wheel", "touchstart", "touchmove", "scroll", "focus"];
const heard = new Set();

/** Call `acted()` at each input; returns what ends it. */
export function onInput(acted) {
  heard.add(acted);
  return () => heard.delete(acted);
}

/** Return a function that calls `report()` unless it did less than `interval()` ms ago, by the clock `now()`. */
export function sparing(report, interval, now = Date.now) {
  let last = -Infinity;
  return () => {
    const at = now();
    if (at >= last && at - last < interval()) return; // a clock that was set back counts as time that passed
    last = at;
    report();
  };
}

/** True if an event is a user's doing: a log that follows new messages scrolls to its end by itself, and views focus. */
export function isInput({ type, target, screenX, screenY }, before) {
  if (type === "pointermove") return screenX !== before?.screenX || screenY !== before?.screenY;
  if (type === "focus") return target === globalThis;
  if (type !== "scroll") return true;
  const { scrollHeight, scrollTop, clientHeight } = target.scrollingElement ?? target;
  return scrollHeight - scrollTop - clientHeight > 2;
}

let pointer = null;
function hear(event) {
  if (document.visibilityState !== "visible" || !isInput(event, pointer)) return;
  if (event.type === "pointermove") pointer = { screenX: event.screenX, screenY: event.screenY };
  for (const acted of heard) acted();
}

if (globalThis.addEventListener) for (const kind of KINDS) addEventListener(kind, hear, { capture: true, passive: true });
