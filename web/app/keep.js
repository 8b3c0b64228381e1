/** What this browser keeps between visits. Everything goes under one prefix; a full or forbidden store is no failure. */

const PREFIX = "studyhall.";

export function read(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // private windows and full disks: the page goes on without a memory
  }
}

/** Forget every name that begins so. */
export function forget(beginning) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX + beginning)) localStorage.removeItem(key);
  } catch {
    // as above
  }
}

/** Call `heard(value)` when another tab changed what is kept under `name`. */
export function onChange(name, heard) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + name || event.key === null) heard(read(name));
  });
}
