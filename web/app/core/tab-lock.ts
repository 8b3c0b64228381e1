// @ts-nocheck
import { base } from "./base";
import { newId } from "./ids";
import { update } from "./shared-store";

const LEASE = 10_000;
const WITHIN = 3_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Run `work` in one tab at a time. Without a lock after three seconds (it is denied, silent, or held by a tab that sleeps)
 * it runs all the same: `work` must be harmless when two tabs do it at once.
 */
export async function alone(name, work) {
  const release = (await locked(name)) ?? (await leased(`lease.${name}`));
  try {
    return await work();
  } finally {
    release();
  }
}

/** Return what releases the lock; null if the browser has no locks or denies them. */
function locked(name) {
  return new Promise((resolve) => {
    let isLate = false;
    const hold = () => isLate || new Promise(resolve);
    try {
      navigator.locks.request(`studyhall${base}.${name}`, hold).catch(() => resolve(null));
    } catch {
      resolve(null);
    }
    setTimeout(() => {
      isLate = true;
      resolve(() => {});
    }, WITHIN);
  });
}

// navigator.locks wants https or localhost. A lease does nearly as well: one that was left behind runs out.
async function leased(name) {
  const me = newId();
  const take = (lease) => (lease?.until > Date.now() ? lease : { owner: me, until: Date.now() + LEASE });
  const late = Date.now() + WITHIN;
  while ((await update(name, take)).owner !== me && Date.now() < late) await pause(100);
  return () => update(name, (lease) => (lease?.owner === me ? undefined : lease));
}
