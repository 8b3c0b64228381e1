/**
 * This tab among the tabs of the browser: its name, and the other open tabs. A reload keeps the name. A duplicate of a tab
 * gets a name of its own, though the browser copies sessionStorage.
 */

import { newId } from "./ids";
import { readTab, writeTab } from "./tab-store";
import { withTimeout } from "./timeout";

const KEY = "tab";
const TIMEOUT = 1_000;
const LOCK = "studyhall.tab.";

/** Name of this tab, set at start. It changes once at most: if this tab turns out to be a duplicate. */
export let tab = "";

const listeners = new Set<(before: string, now: string) => void>();

/** Call `listener(before, now)` when this tab gets another name. */
export function onRenamed(listener: (before: string, now: string) => void): void {
  listeners.add(listener);
}

/** Start with the name that this tab had before a reload, or a new one. */
export function startTab(): void {
  tab = take() ?? newId();
  addEventListener("pagehide", () => writeTab(KEY, tab));
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) writeTab(KEY, null);
  });
  document.addEventListener("visibilitychange", () => writeTab(KEY, document.visibilityState === "hidden" ? tab : null));
  claim();
}

// The name is stored only while the tab is hidden, so that a duplicate of a visible tab does not find it.
function take(): string | null {
  const stored = readTab(KEY);
  writeTab(KEY, null);
  return typeof stored === "string" ? stored : null;
}

// A tab holds the lock of its name as long as it is open.
function claim(): void {
  const name = tab;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 2 * TIMEOUT);
  const hold = () => {
    clearTimeout(timer);
    return new Promise<never>(() => {});
  };
  try {
    navigator.locks.request(LOCK + name, { signal: late.signal }, hold).catch(async (error: DOMException) => {
      clearTimeout(timer);
      if (error.name === "AbortError" && (await isTaken(name))) rename(name);
    });
  } catch {
    clearTimeout(timer);
  }
}

const isTaken = async (name: string): Promise<boolean> => (await openTabs())?.has(name) ?? false;

function rename(before: string): void {
  tab = newId();
  for (const listener of listeners) listener(before, tab);
  claim();
}

/** Names of the open tabs; null if the browser has no locks. */
export async function openTabs(): Promise<Set<string> | null> {
  try {
    const { held } = (await withTimeout(TIMEOUT, navigator.locks.query())) ?? {};
    if (!held) return null;
    const names = held.map(({ name }) => name ?? "").filter((name) => name.startsWith(LOCK));
    return new Set(names.map((name) => name.slice(LOCK.length)));
  } catch {
    return null;
  }
}
