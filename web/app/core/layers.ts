// @ts-nocheck
/**
 * Dialogs and drawers as entries of the browser's history: Back closes the topmost one and leaves the page where it is.
 * An entry of ours has `{layers: n}` as its state, the number of layers that are open while it is current.
 */

const layers = [];
const LATE = 500;
let travelling = 0;
let waiting = [];

const depth = () => history.state?.layers ?? 0;

/** Open a layer; `close()` closes it when Back is pressed, without it the layer stays. Returns what takes it off again. */
export function openLayer(close) {
  const layer = { close };
  layers.push(layer);
  queueMicrotask(settle);
  return () => {
    if (layers.includes(layer)) layers.splice(layers.indexOf(layer), 1);
    queueMicrotask(settle); // one dialog may follow another at once
  };
}

/** Call `act` when no entry of a layer is current: a navigation must not stand on top of one. */
export function beneath(act) {
  if (!travelling && !depth()) return void act();
  waiting.push(act);
  if (!travelling) travel(-depth());
}

function settle() {
  if (travelling) return;
  const missing = depth() - layers.length;
  if (missing > 0)
    travel(-missing); // closed otherwise, or reached by Forward: nothing is open there any more
  else for (let at = depth() + 1; at <= layers.length; at++) history.pushState({ layers: at }, "");
}

function travel(steps) {
  travelling = setTimeout(arrive, LATE); // a browser that does not go there says nothing
  history.go(steps);
}

function arrive() {
  clearTimeout(travelling);
  travelling = 0;
  const acts = waiting;
  waiting = [];
  for (const act of acts) act();
  queueMicrotask(settle);
}

addEventListener("popstate", () => {
  if (travelling) return arrive();
  while (layers.length > depth() && layers.at(-1).close) layers.pop().close();
  queueMicrotask(settle);
});

settle(); // after a reload nothing is open
