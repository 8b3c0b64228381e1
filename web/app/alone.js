import { newId } from "./ids.js";
import { update } from "./shared.js";

const LEASE = 10_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Run `work` in one tab at a time. */
export async function alone(name, work) {
  if (navigator.locks) return navigator.locks.request(`studyhall.${name}`, work);
  return leased(`lease.${name}`, work);
}

// navigator.locks wants https or localhost. A lease does nearly as well: one that was left behind runs out.
async function leased(name, work) {
  const me = newId();
  const take = (lease) => (lease?.until > Date.now() ? lease : { owner: me, until: Date.now() + LEASE });
  while ((await update(name, take)).owner !== me) await pause(100);
  try {
    return await work();
  } finally {
    await update(name, (lease) => (lease?.owner === me ? undefined : lease));
  }
}
