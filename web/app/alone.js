import { newId } from "./ids.js";

const LEASE = 10_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Run `work` in one tab at a time. */
export async function alone(name, work) {
  if (navigator.locks) return navigator.locks.request(`studyhall.${name}`, work);
  return leased(`studyhall.lease.${name}`, work);
}

// navigator.locks wants https or localhost. A lease in localStorage does nearly as well: whoever still reads their own
// name after a moment has it, and one that was left behind runs out.
async function leased(key, work) {
  const me = newId();
  for (;;) {
    const [owner, until] = (localStorage.getItem(key) ?? "").split(" ");
    if (!owner || Number(until) < Date.now()) {
      localStorage.setItem(key, `${me} ${Date.now() + LEASE}`);
      await pause(60);
      if (localStorage.getItem(key)?.startsWith(me)) break;
    }
    await pause(100);
  }
  try {
    return await work();
  } finally {
    localStorage.removeItem(key);
  }
}
