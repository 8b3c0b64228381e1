/**
 * Dialogs and drawers as entries of the browser's history: Back closes the topmost one and leaves the page where it is.
 *
 * An entry of a layer has `{layers: n}` in its state, the number of layers that are open while it is current. Its other state is
 * that of the view below it.
 */

interface Layer {
  readonly close: (() => void) | null;
}

/**
 * Milliseconds after which the page goes on if the browser does not go to an entry, and so fires no event. Far above the time
 * that a busy machine takes: an entry that is added while the browser still goes back leads Back astray.
 */
const TRAVEL_TIMEOUT = 5_000;

const layers: Layer[] = [];
let travelling: ReturnType<typeof setTimeout> | null = null;
let waiting: (() => void)[] = [];

const depth = (): number => (history.state as { layers?: number } | null)?.layers ?? 0;

/** Open a layer. Back calls `close()`; with null the layer stays. Returns a function that removes the layer. */
export function openLayer(close: (() => void) | null): () => void {
  const layer = { close };
  layers.push(layer);
  queueMicrotask(settle);
  return () => {
    if (layers.includes(layer)) layers.splice(layers.indexOf(layer), 1);
    queueMicrotask(settle); // one dialog may follow another at once
  };
}

/** Call `act` when no entry of a layer is current: a navigation must not stand on top of one. */
export function belowLayers(act: () => void): void {
  if (travelling === null && !depth()) return act();
  waiting.push(act);
  if (travelling === null) travel(-depth());
}

function settle(): void {
  if (travelling !== null) return;
  const missing = depth() - layers.length;
  if (missing > 0)
    travel(-missing); // closed by other means, or reached by Forward: nothing is open there any more
  else for (let at = depth() + 1; at <= layers.length; at++) history.pushState({ ...history.state, layers: at }, "");
}

function travel(steps: number): void {
  travelling = setTimeout(arrive, TRAVEL_TIMEOUT);
  history.go(steps);
}

function arrive(): void {
  if (travelling !== null) clearTimeout(travelling);
  travelling = null;
  const acts = waiting;
  waiting = [];
  for (const act of acts) act();
  queueMicrotask(settle);
}

function goneBack(): void {
  if (travelling !== null) return arrive();
  for (let top = layers.at(-1); top?.close && layers.length > depth(); top = layers.at(-1)) {
    layers.pop();
    top.close();
  }
  queueMicrotask(settle);
}

/** Start to follow the history. After a reload no layer is open. */
export function startLayers(): void {
  addEventListener("popstate", goneBack);
  settle();
}
