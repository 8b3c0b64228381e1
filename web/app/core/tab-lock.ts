/** Locks among the tabs of a browser. */

import { base } from "./base";
import { newId } from "./ids";
import { update } from "./shared-store";

const LEASE = 10_000;
const LEASE_INTERVAL = 100;
const TIMEOUT = 3_000;

type Release = () => void;

interface Lease {
  readonly owner: string;
  readonly until: number;
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/**
 * Run `work` in one tab at a time. Without a lock after three seconds (it is denied, silent, or held by a tab that sleeps)
 * it runs all the same: `work` must be harmless when two tabs do it at once.
 */
export async function withTabLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const release = (await locked(name)) ?? (await leased(`lease.${name}`));
  try {
    return await work();
  } finally {
    release();
  }
}

/** Return a function that releases the lock; null if the browser has no locks or denies them. */
function locked(name: string): Promise<Release | null> {
  return new Promise((resolve) => {
    let isLate = false;
    const hold = () => (isLate ? undefined : new Promise<void>(resolve));
    try {
      navigator.locks.request(`studyhall${base}.${name}`, hold).catch(() => resolve(null));
    } catch {
      resolve(null);
    }
    setTimeout(() => {
      isLate = true;
      resolve(() => {});
    }, TIMEOUT);
  });
}

// navigator.locks needs https or localhost. A lease does nearly as well: one that was left behind runs out.
async function leased(name: string): Promise<Release> {
  const owner = newId();
  const take = (stored: unknown): Lease => {
    const lease = stored as Lease | undefined;
    return lease && lease.until > Date.now() ? lease : { owner, until: Date.now() + LEASE };
  };
  const late = Date.now() + TIMEOUT;
  while ((await update(name, take)).owner !== owner && Date.now() < late) await pause(LEASE_INTERVAL);
  return () => {
    void update(name, (stored) => ((stored as Lease | undefined)?.owner === owner ? undefined : stored));
  };
}
