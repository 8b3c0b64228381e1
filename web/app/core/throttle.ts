/** Throttling of requests that events cause. */

/** A function that does its work after a while; `stop()` cancels what is planned. */
export interface Throttled {
  (): void;
  stop(): void;
}

/**
 * Return a function that calls `work()` at most once in `interval` ms.
 *
 * @param work the work, such as a request.
 * @param interval milliseconds between two calls.
 * @param delay milliseconds from a call to its work, or more: calls in between cause no further work.
 */
export function trailingThrottle(work: () => void, interval: number, delay = 0): Throttled {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const run = () => {
    timer = null;
    last = Date.now();
    work();
  };
  const plan = () => {
    timer ??= setTimeout(run, Math.max(delay, last + interval - Date.now()));
  };
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return Object.assign(plan, { stop });
}
