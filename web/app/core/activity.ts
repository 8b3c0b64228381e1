/** Input on a visible page: a sign that its user is present. */

const EVENTS = ["keydown", "input", "pointerdown", "pointermove", "wheel", "touchstart", "touchmove", "scroll", "focus"];
/** Pixels between a log and its end within which a scroll is the page following new messages. */
const AT_END = 2;

/** Position of a pointer on the screen. */
interface Position {
  readonly screenX: number;
  readonly screenY: number;
}

/** Scroll state of the document or of an element. */
interface Scrolled {
  readonly scrollHeight: number;
  readonly scrollTop: number;
  readonly clientHeight: number;
}

/** The fields of an event that show if a user caused it. */
export interface InputEventLike extends Partial<Position> {
  readonly type: string;
  readonly target?: unknown;
}

const listeners = new Set<() => void>();

/** Call `listener` at each input; returns a function that removes it. */
export function onInput(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Return a function that calls `report()` unless it did so less than `interval()` ms ago, by the clock `now()`. */
export function leadingThrottle(report: () => void, interval: () => number, now: () => number = Date.now): () => void {
  let last = -Infinity;
  return () => {
    const at = now();
    if (at >= last && at - last < interval()) return; // a clock that was set back counts as time that passed
    last = at;
    report();
  };
}

/** True if a user caused the event: a log that follows new messages scrolls to its end by itself, and views focus. */
export function isInput({ type, target, screenX, screenY }: InputEventLike, before: Position | null): boolean {
  if (type === "pointermove") return screenX !== before?.screenX || screenY !== before?.screenY;
  if (type === "focus") return target === globalThis;
  if (type !== "scroll") return true;
  const { scrollHeight, scrollTop, clientHeight } = scrolled(target);
  return scrollHeight - scrollTop - clientHeight > AT_END;
}

// a scroll of the document has the document as its target
const scrolled = (target: unknown): Scrolled =>
  (target as { scrollingElement?: Scrolled }).scrollingElement ?? (target as Scrolled);

/** Start to listen for input. */
export function startActivity(): void {
  let pointer: Position | null = null;
  const listen = (event: Event) => {
    if (document.visibilityState !== "visible" || !isInput(event, pointer)) return;
    if (event instanceof PointerEvent && event.type === "pointermove")
      pointer = { screenX: event.screenX, screenY: event.screenY };
    for (const listener of listeners) listener();
  };
  for (const type of EVENTS) addEventListener(type, listen, { capture: true, passive: true });
}
