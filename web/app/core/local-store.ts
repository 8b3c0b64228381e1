// @ts-nocheck
/**
 * The store of this browser, which lasts between visits. All names have one prefix. If the store is full or denied, values
 * stay in memory as long as the page is open.
 */

import { base } from "./base";

// of two servers below paths of one host, each has its own
const PREFIX = `studyhall${base}.`;

/** Values that could not be stored: JSON, or null for removed ones. */
const unstored = new Map();

export function read(name, otherwise = null) {
  try {
    return JSON.parse(unstored.has(name) ? unstored.get(name) : localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(name, value) {
  const json = value === null ? null : JSON.stringify(value);
  try {
    if (json === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, json);
    unstored.delete(name);
  } catch {
    unstored.set(name, json);
  }
}

/** Every name that begins so, in no order. */
export function namesOf(beginning) {
  const names = new Set(unstored.keys());
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) names.add(key.slice(PREFIX.length));
  } catch {
    // a store that is denied holds nothing
  }
  return [...names].filter((name) => name.startsWith(beginning) && read(name) !== null);
}

/** Forget every name that begins so. */
export function forget(beginning) {
  for (const name of namesOf(beginning)) write(name, null);
}

/** Call `heard(name, value)` when another tab changed what is kept under a name that begins so. */
export function onNames(beginning, heard) {
  addEventListener("storage", (event) => {
    if (!event.key?.startsWith(PREFIX + beginning)) return;
    const name = event.key.slice(PREFIX.length);
    unstored.delete(name);
    heard(name, read(name));
  });
}

/** Call `heard(value)` when another tab changed what is kept under `name`. */
export function onChange(name, heard) {
  addEventListener("storage", (event) => {
    if (event.key !== PREFIX + name && event.key !== null) return;
    unstored.delete(name);
    heard(read(name));
  });
}
