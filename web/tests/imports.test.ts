/** Importing a module does nothing: main.tsx starts each part. */

import "preact";
import "preact/hooks";
import "@preact/signals";
import "socket.io-client";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** Globals of a browser, and timers. A module that touches them while it is imported does something. */
const GLOBALS = [
  "window",
  "document",
  "localStorage",
  "sessionStorage",
  "indexedDB",
  "navigator",
  "location",
  "history",
  "addEventListener",
  "matchMedia",
  "fetch",
  "MutationObserver",
  "setTimeout",
  "setInterval",
  "requestAnimationFrame",
  "queueMicrotask",
];
/** They are for being started: the entry of the page, and the script that runs before it. */
const ENTRIES = ["main.tsx", "start.ts"];
/** Lower layers first, so that a module is reported and not those that import it. */
const ORDER = ["core", "ui", "features"];
const APP = join(process.env.WEB ?? "", "app");

const modules = readdirSync(APP, { recursive: true, encoding: "utf-8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path) && !ENTRIES.includes(path))
  .sort((one, other) => ORDER.indexOf(one.split("/")[0] ?? "") - ORDER.indexOf(other.split("/")[0] ?? ""));

/** esbuild bundles all modules that match these patterns. */
function load(path: string): Promise<unknown> {
  const name = path.replace(/\.tsx?$/, "");
  return path.endsWith(".tsx") ? import(`../app/${name}.tsx`) : import(`../app/${name}.ts`);
}

/** Stands for anything of a browser, so that a module that uses it is imported to its end. */
const anything: unknown = new Proxy(function anything() {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => "" : anything),
  set: () => true,
  apply: () => anything,
  construct: () => anything as object,
});

/** Replace the globals by ones that report their use; returns the reports and a function that ends it. */
function watch(): { readonly touched: string[]; readonly restore: () => void } {
  const touched: string[] = [];
  const before = GLOBALS.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const name of GLOBALS) {
    const get = () => {
      touched.push(name);
      return anything;
    };
    Object.defineProperty(globalThis, name, { get, configurable: true });
  }
  const restore = () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
  return { touched, restore };
}

test("a module that touches the browser is found", () => {
  const { touched, restore } = watch();
  try {
    document.documentElement.dataset.registration?.replaceAll(" ", ",");
    new MutationObserver(() => {}).observe(document);
  } finally {
    restore();
  }
  assert.deepEqual(touched, ["document", "MutationObserver", "document"]);
});

test("importing a module touches no browser and starts no timer", async () => {
  const found: string[] = [];
  assert.ok(modules.length > 100);
  for (const path of modules) {
    const { touched, restore } = watch();
    const error = await load(path).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    restore();
    if (touched.length > 0 || error) found.push(`${path}: ${touched.join(", ") || String(error)}`);
  }
  assert.deepEqual(found, []);
});

test("importing a module registers no listener, effect or timer", () => {
  const CALL = /^(?:on|on[A-Z]\w*|effect|addEventListener|setTimeout|setInterval|start[A-Z]\w*)\(/m;
  const found = modules.filter((path) => CALL.test(readFileSync(join(APP, path), "utf-8")));
  assert.deepEqual(found, []);
});
