/**
 * Store that all tabs see in the same state. A value that one tab writes to localStorage may be read late by another one in a
 * process of its own, also right after that one got a lock that the first one released.
 */

import { base } from "./base";
import { withTimeout } from "./timeout";

const STORE = "shared";
const TIMEOUT = 2_000;
const TIMEOUT_AFTER_SILENCE = 200;

let database: Promise<IDBDatabase> | null = null;
let timeout = TIMEOUT;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(`studyhall${base}`, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => {
      opening.result.onclose = () => {
        database = null;
      };
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
  });
  return database;
}

/**
 * Replace the value of `name` by `change(value)`, and return that: one step among all tabs. `undefined` is no value.
 *
 * A browser that denies the store, or does not answer within two seconds, is no failure: then `change(undefined)` is returned
 * and nothing is stored. `change` may be called twice.
 */
export async function update<T>(name: string, change: (stored: unknown) => T): Promise<T> {
  const stored = put(name, change).then(
    (next) => {
      timeout = TIMEOUT;
      return { next };
    },
    () => null,
  );
  const answer = await withTimeout(timeout, stored, "silence" as const);
  if (answer === "silence") timeout = TIMEOUT_AFTER_SILENCE;
  else if (answer) return answer.next;
  database = null; // the next one opens it anew
  return change(undefined);
}

async function put<T>(name: string, change: (stored: unknown) => T): Promise<T> {
  const transaction = (await open()).transaction(STORE, "readwrite");
  const store = transaction.objectStore(STORE);
  return new Promise((resolve, reject) => {
    let next: T;
    const reading = store.get(name);
    reading.onsuccess = () => {
      next = change(reading.result);
      if (next === undefined) store.delete(name);
      else store.put(next, name);
    };
    transaction.oncomplete = () => resolve(next);
    transaction.onabort = () => reject(transaction.error);
  });
}
