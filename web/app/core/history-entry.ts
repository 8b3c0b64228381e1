/**
 * State of views by entry of the browser's history: Back and Forward find it again, a new visit begins without it.
 *
 * `history.state` has the id of its entry. Values are in memory; the store of the tab has them through reloads.
 */

import { signal } from "@preact/signals";
import { newId } from "./ids";
import { readTab, writeTab } from "./tab-store";

type Values = { readonly [name: string]: unknown };

type Entry = readonly [id: string, values: Values];

interface Stored {
  readonly owner: string | null;
  readonly entries: readonly Entry[];
}

const KEY = "history";
const MAX_ENTRIES = 50;

/** Id of the current entry. */
export const entryId = signal("");

/** Values by id of the entry, the one that was written last at the end. */
const entries = new Map<string, Values>();
const savers = new Set<() => void>();
/** Id of the user of the entries, or null. */
let owner: string | null = null;

/** A value of the current entry; undefined if it has none. A reload may bring one of an earlier version: callers check its shape. */
export const readEntry = (name: string): unknown => entries.get(entryId.peek())?.[name];

/** Store a value in the current entry. It has to be serializable as JSON. */
export function writeEntry(name: string, value: unknown): void {
  const id = entryId.peek();
  const values = { ...entries.get(id), [name]: value };
  entries.delete(id);
  entries.set(id, values);
  const [oldest] = entries.keys();
  if (oldest !== undefined && entries.size > MAX_ENTRIES) entries.delete(oldest);
}

/** Call `save` before the entry is left, while its view is on the page. Returns a function that ends it. */
export function beforeLeaving(save: () => void): () => void {
  savers.add(save);
  return () => void savers.delete(save);
}

/** Leave the current entry for another one, by default a new one; returns its id. */
export function enterEntry(id: string = newId()): string {
  if (id !== entryId.peek()) {
    saveEntry();
    entryId.value = id;
  }
  return id;
}

/** Enter the entry of `history.state`, and give it an id if it has none. */
export function readEntryId(): void {
  const id: unknown = (history.state as { entry?: unknown } | null)?.entry;
  if (typeof id === "string") enterEntry(id);
  else history.replaceState({ ...history.state, entry: enterEntry() }, "");
}

/** Set the user of the entries; values of another user are deleted. */
export function claimEntries(userId: string | null): void {
  if (owner !== userId) entries.clear();
  owner = userId;
}

const isEntry = (value: unknown): value is Entry =>
  Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "object";

function saveEntry(): void {
  for (const save of savers) save();
}

/** Start with the entries before a reload. The page scrolls by itself: a browser would scroll before a view has its content. */
export function startHistoryEntries(): void {
  const stored = readTab(KEY) as Stored | null;
  const found: unknown = stored?.entries;
  if (Array.isArray(found)) for (const [id, values] of found.filter(isEntry)) entries.set(id, values);
  owner = stored?.owner ?? null;
  history.scrollRestoration = "manual";
  readEntryId();
  addEventListener("pagehide", () => {
    saveEntry();
    writeTab(KEY, { owner, entries: [...entries] } satisfies Stored);
  });
}
