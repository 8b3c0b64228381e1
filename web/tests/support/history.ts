/** A history of the browser: entries with states and addresses, and `go`, after which `popstate` is dispatched at once. */

import "./browser";

interface Entry {
  readonly state: unknown;
  readonly href: string;
}

class MemoryHistory {
  scrollRestoration = "auto";
  #entries: Entry[] = [{ state: null, href: location.href }];
  #at = 0;

  get state(): unknown {
    return this.#entries[this.#at]?.state ?? null;
  }
  get length(): number {
    return this.#entries.length;
  }
  pushState(state: unknown, _title: string, to: string | URL = location.href): void {
    this.#entries.length = ++this.#at;
    this.#set(state, to);
  }
  replaceState(state: unknown, _title: string, to: string | URL = location.href): void {
    this.#set(state, to);
  }
  go(steps: number): void {
    const entry = this.#entries[this.#at + steps];
    if (!entry) return;
    this.#at += steps;
    location.href = entry.href;
    dispatchEvent(new Event("popstate"));
  }

  #set(state: unknown, to: string | URL): void {
    location.href = new URL(to, location.href).href;
    this.#entries[this.#at] = { state: structuredClone(state), href: location.href };
  }
}

Object.assign(globalThis, { history: new MemoryHistory() });
