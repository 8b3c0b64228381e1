// @ts-nocheck
/** Events that make the page ask the server: however many come, it asks once in a while. */

/** A function that calls `work()` at most once in `interval` ms, `first` ms after it was called or later; `stop` ends that. */
export function paced(work, interval, first = 0) {
  let last = -Infinity;
  let timer = 0;
  const run = () => {
    timer = 0;
    last = Date.now();
    work();
  };
  const ask = () => {
    timer ||= setTimeout(run, Math.max(first, last + interval - Date.now()));
  };
  ask.stop = () => clearTimeout(timer);
  return ask;
}
