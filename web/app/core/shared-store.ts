// @ts-nocheck
/**
 * What all tabs see at once. What one tab writes to localStorage another one, in a process of its own, may read late:
 * also when it has just been let into a lock that the first one left.
 */

import { base } from "./base";
import { within } from "./timeout";

const SHELF = "shared";
const WITHIN = 2_000;
const AFTER_SILENCE = 200;

let database = null;
let patience = WITHIN;

function open() {
  database ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(`studyhall${base}`, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF);
    asked.onsuccess = () => {
      asked.result.onclose = () => (database = null);
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  return database;
}

/**
 * Put in the place of what is kept under `name` what `change(kept)` returns, and return that: one step among all tabs.
 * `undefined` is nothing. A browser that denies its store, or does not answer within two seconds, is no failure: then
 * nothing was kept. `change` may be called twice.
 */
export async function update(name, change) {
  const stored = put(name, change).then(
    (next) => {
      patience = WITHIN;
      return { next };
    },
    () => null,
  );
  const answer = await within(patience, stored, "silence");
  if (answer === "silence") patience = AFTER_SILENCE;
  else if (answer) return answer.next;
  database = null; // the next one opens it anew
  return change(undefined);
}

async function put(name, change) {
  const transaction = (await open()).transaction(SHELF, "readwrite");
  const shelf = transaction.objectStore(SHELF);
  return new Promise((resolve, reject) => {
    let next;
    const asked = shelf.get(name);
    asked.onsuccess = () => {
      next = change(asked.result);
      if (next === undefined) shelf.delete(name);
      else shelf.put(next, name);
    };
    transaction.oncomplete = () => resolve(next);
    transaction.onabort = () => reject(transaction.error);
  });
}
