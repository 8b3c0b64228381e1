/**
 * Store of this browser, which lasts between visits. All names have one prefix. If the store is full or denied, values stay in
 * memory while the page is open.
 */

import { base } from "./base";

// of two servers below paths of one host, each has its own
const PREFIX = `studyhall${base}.`;

/** Values that could not be stored: JSON, or null for removed ones. */
const unstored = new Map<string, string | null>();

/** The stored value, or null. Another version of the page may have stored it: callers check its shape. */
export function read(name: string): unknown {
  try {
    return JSON.parse((unstored.has(name) ? unstored.get(name) : localStorage.getItem(PREFIX + name)) ?? "null");
  } catch {
    return null;
  }
}

/** Store a value as JSON; null removes it. */
export function write(name: string, value: unknown): void {
  const json = value === null ? null : JSON.stringify(value);
  try {
    if (json === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, json);
    unstored.delete(name);
  } catch {
    unstored.set(name, json);
  }
}

/** All stored names that begin with `beginning`, in no order. */
export function storedNames(beginning: string): string[] {
  const names = new Set(unstored.keys());
  try {
    for (let at = 0; at < localStorage.length; at++) {
      const key = localStorage.key(at) ?? "";
      if (key.startsWith(PREFIX)) names.add(key.slice(PREFIX.length));
    }
  } catch {
    // a store that is denied holds nothing
  }
  return [...names].filter((name) => name.startsWith(beginning) && read(name) !== null);
}

/** Remove all names that begin with `beginning`. */
export function removeStored(beginning: string): void {
  for (const name of storedNames(beginning)) write(name, null);
}

/** Call `listener(name, value)` when another tab changes a value whose name begins with `beginning`. */
export function onStoredNames(beginning: string, listener: (name: string, value: unknown) => void): void {
  addEventListener("storage", ({ key }) => {
    if (!key?.startsWith(PREFIX + beginning)) return;
    const name = key.slice(PREFIX.length);
    unstored.delete(name);
    listener(name, read(name));
  });
}

/** Call `listener(value)` when another tab changes the value of `name`. */
export function onStoredValue(name: string, listener: (value: unknown) => void): void {
  addEventListener("storage", ({ key }) => {
    if (key !== PREFIX + name && key !== null) return;
    unstored.delete(name);
    listener(read(name));
  });
}
