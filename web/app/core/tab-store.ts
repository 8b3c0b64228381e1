/** Store of this tab, which a reload keeps and the end of the tab clears. If the browser denies it, nothing is stored. */

import { base } from "./base";

// of two servers below paths of one host, each has its own
const PREFIX = `studyhall${base}.`;

function attempt<T>(work: (store: Storage) => T): T | null {
  try {
    return work(sessionStorage);
  } catch {
    return null;
  }
}

/** The stored value, or null. Another version of the page may have stored it: callers check its shape. */
export const readTab = (name: string): unknown => attempt((store) => JSON.parse(store.getItem(PREFIX + name) ?? "null"));

/** Store a value as JSON; null removes it. */
export function writeTab(name: string, value: unknown): void {
  attempt((store) => (value === null ? store.removeItem(PREFIX + name) : store.setItem(PREFIX + name, JSON.stringify(value))));
}

/** Remove all names that begin with `beginning`. */
export function removeFromTab(beginning: string): void {
  attempt((store) => {
    for (const key of Object.keys(store)) if (key.startsWith(PREFIX + beginning)) store.removeItem(key);
  });
}
