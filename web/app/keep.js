/**
 * What this browser keeps between visits. Everything goes under one prefix. Where the store is full or denied it is kept in
 * memory, as long as the page is open.
 */

const PREFIX = "studyhall.";

/** What could not be stored: JSON, or null for what is removed. */
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

/** Forget every name that begins so. */
export function forget(beginning) {
  for (const name of [...unstored.keys()]) if (name.startsWith(beginning)) unstored.delete(name);
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX + beginning)) localStorage.removeItem(key);
  } catch {
    // a store that is denied holds nothing
  }
}

/** Call `heard(value)` when another tab changed what is kept under `name`. */
export function onChange(name, heard) {
  addEventListener("storage", (event) => {
    if (event.key !== PREFIX + name && event.key !== null) return;
    unstored.delete(name);
    heard(read(name));
  });
}
