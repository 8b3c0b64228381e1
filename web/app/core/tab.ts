// @ts-nocheck
/**
 * This tab among the tabs of the browser: its name, and which others are open. A reload keeps the name. A duplicate of a tab
 * gets a name of its own, though the browser copies sessionStorage.
 */

import { newId } from "./ids";
import { readTab, writeTab } from "./tab-store";
import { within } from "./timeout";

const KEY = "tab";
const WITHIN = 1_000;
const lock = (name) => `studyhall.tab.${name}`;

/** Changes once at most: if this tab turns out to be a duplicate. */
export let tab = take() ?? newId();

// The name is in the store only while nobody looks at the tab, so that a duplicate of an open tab does not find it.
function take() {
  const kept = readTab(KEY);
  writeTab(KEY, null);
  return kept;
}

addEventListener("pagehide", () => writeTab(KEY, tab));
addEventListener("pageshow", (event) => event.persisted && writeTab(KEY, null));
document.addEventListener("visibilitychange", () => writeTab(KEY, document.visibilityState === "hidden" ? tab : null));

const renamed = new Set();

/** Call `heard(before, now)` when this tab gets another name. */
export const onRenamed = (heard) => renamed.add(heard);

// A tab holds the lock of its name for as long as it is open.
function claim() {
  const name = tab;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 2 * WITHIN);
  const hold = () => {
    clearTimeout(timer);
    return new Promise(() => {});
  };
  try {
    navigator.locks.request(lock(name), { signal: late.signal }, hold).catch((error) => {
      clearTimeout(timer);
      if (error.name === "AbortError") isTaken(name).then((taken) => taken && rename(name));
    });
  } catch {
    clearTimeout(timer);
  }
}
claim();

const isTaken = async (name) => (await openTabs())?.has(name) ?? false;

function rename(before) {
  tab = newId();
  for (const heard of renamed) heard(before, tab);
  claim();
}

/** The names of the open tabs, as a Set; null if the browser does not say. */
export async function openTabs() {
  try {
    const locks = await within(WITHIN, navigator.locks.query());
    const names = locks?.held.map(({ name }) => name).filter((name) => name.startsWith(lock("")));
    return names ? new Set(names.map((name) => name.slice(lock("").length))) : null;
  } catch {
    return null;
  }
}
