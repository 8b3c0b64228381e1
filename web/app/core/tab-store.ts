// @ts-nocheck
/** The store of this tab, which a reload keeps and the end of the tab clears. If the browser denies it, nothing is stored. */

import { base } from "./base";

// of two servers below paths of one host, each has its own
const PREFIX = `studyhall${base}.`;

function attempt(work) {
  try {
    return work(sessionStorage);
  } catch {
    return null;
  }
}

export const readTab = (name) => attempt((store) => JSON.parse(store.getItem(PREFIX + name)));

/** Store a value; null removes what is stored. */
export function writeTab(name, value) {
  attempt((store) => (value === null ? store.removeItem(PREFIX + name) : store.setItem(PREFIX + name, JSON.stringify(value))));
}

/** Remove every name that begins so. */
export function forgetTab(beginning) {
  attempt((store) => {
    for (const key of Object.keys(store)) if (key.startsWith(PREFIX + beginning)) store.removeItem(key);
  });
}
