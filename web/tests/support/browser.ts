/**
 * A browser as far as modules without components need one: storages, a document in English, a location, and timers that run
 * when a test says so. Import it before the modules under test: `import { clock } from "./support/browser"`.
 *
 * Each test file runs in its own process, so it has a browser of its own.
 */

import { webcrypto } from "node:crypto";
import { setLanguage } from "../../app/core/words";
import { en } from "../../app/words/en";

class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();
  /** Error of each write, such as that of a full storage. */
  failure: Error | null = null;

  get length() {
    return this.#values.size;
  }
  key(index: number) {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    if (this.failure) throw this.failure;
    this.#values.set(key, String(value));
  }
  removeItem(key: string) {
    this.#values.delete(key);
  }
  clear() {
    this.#values.clear();
  }
}

interface Timer {
  id: number;
  at: number;
  every: number | null;
  run: () => void;
}

/** Timers and the time of day, which stand still until `pass` is called. */
class Clock {
  now = Date.UTC(2026, 8, 1, 10, 0, 0);
  readonly #timers = new Map<number, Timer>();
  #last = 0;

  /** Start a timer and return its id. */
  start(run: () => void, delay = 0, every: number | null = null): number {
    this.#last += 1;
    this.#timers.set(this.#last, { id: this.#last, at: this.now + Math.max(0, delay), every, run });
    return this.#last;
  }

  stop(id: number | undefined) {
    if (id !== undefined) this.#timers.delete(id);
  }

  /** The number of timers that are waiting. */
  get waiting() {
    return this.#timers.size;
  }

  /** Pass some milliseconds: run what is due, in its order, and all promises that wait for it. */
  async pass(milliseconds: number) {
    const end = this.now + milliseconds;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.now = Math.max(this.now, next.at);
      if (next.every === null) this.#timers.delete(next.id);
      else next.at += Math.max(1, next.every);
      next.run();
      await settled();
    }
    this.now = end;
  }

  #next(end: number): Timer | null {
    const due = [...this.#timers.values()].filter(({ at }) => at <= end);
    return due.sort((one, other) => one.at - other.at || one.id - other.id)[0] ?? null;
  }
}

const macrotask = globalThis.setTimeout;

/** Wait until all promises that can settle have settled. */
export const settled = () => new Promise<void>((resolve) => void macrotask(resolve, 0));

export const clock = new Clock();
export const local = new MemoryStorage();
export const tab = new MemoryStorage();

const target = new EventTarget();
const element = { lang: "en", dir: "ltr", dataset: {} as Record<string, string> };
const page = Object.assign(new EventTarget(), {
  documentElement: element,
  title: "",
  hidden: false,
  visibilityState: "visible",
  hasFocus: () => true,
});

function define(name: string, value: unknown) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

define("localStorage", local);
define("sessionStorage", tab);
define("document", page);
define("navigator", { language: "en-GB", languages: ["en-GB", "en"], onLine: true });
define("location", new URL("http://localhost:5000/"));
define("addEventListener", target.addEventListener.bind(target));
define("removeEventListener", target.removeEventListener.bind(target));
define("dispatchEvent", target.dispatchEvent.bind(target));
type Run = (...given: unknown[]) => void;
define("setTimeout", (run: Run, delay?: number, ...given: unknown[]) => clock.start(() => run(...given), delay));
define("setInterval", (run: Run, delay = 0, ...given: unknown[]) => clock.start(() => run(...given), delay, delay));
define("clearTimeout", (id?: number) => clock.stop(id));
define("clearInterval", (id?: number) => clock.stop(id));
define("crypto", webcrypto); // Node.js 18 has none
define(
  "Date",
  class extends Date {
    constructor(given?: number | string | Date) {
      super(given ?? clock.now);
    }
    static override now = () => clock.now;
  },
);

setLanguage("en", en);
