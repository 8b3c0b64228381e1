/** State of a component that Back and Forward restore. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { beforeLeaving, readEntry, writeEntry } from "../core/history-entry";

/**
 * A signal that begins with the value that it had when its entry of the history was left.
 *
 * @param name of the value, once in a view.
 * @param isValid checks a stored value.
 */
export function useEntryState<Value>(
  name: string,
  initial: Value,
  isValid: (stored: unknown) => stored is Value,
): Signal<Value> {
  const state = useSignal(initial);
  const isFirst = useSignal(true);
  if (isFirst.peek()) {
    isFirst.value = false;
    const stored = readEntry(name);
    if (isValid(stored)) state.value = stored;
  }
  useEffect(() => beforeLeaving(() => writeEntry(name, state.peek())), []);
  return state;
}

/** A number of pages that a list shows; as many are loaded again after Back. */
export const usePageCount = (name: string): Signal<number> =>
  useEntryState(`pages-${name}`, 1, (stored): stored is number => typeof stored === "number" && stored >= 1);
