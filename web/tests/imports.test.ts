/** Importing a module does nothing: main.tsx starts each part. */

import "preact";
import "preact/hooks";
import "@preact/signals";
import "socket.io-client";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** What a browser has, and timers. A module that touches them while it is imported does something. */
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
const APP = join(process.env.WEB ?? "", "app");

const modules = readdirSync(APP, { recursive: true, encoding: "utf-8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path) && !ENTRIES.includes(path));

/** esbuild bundles all modules that match these patterns. */
function load(path: string): Promise<unknown> {
  const name = path.replace(/\.tsx?$/, "");
  return path.endsWith(".tsx") ? import(`../app/${name}.tsx`) : import(`../app/${name}.ts`);
}

/** Replace the globals by ones that report their use; returns the reports and a function that ends it. */
function watch(): { readonly touched: string[]; readonly restore: () => void } {
  const touched: string[] = [];
  const before = GLOBALS.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const name of GLOBALS) {
    const get = () => {
      touched.push(name);
      throw new ReferenceError(`${name} is used at import`);
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
    assert.throws(() => document.title, /document is used at import/);
    assert.throws(() => setTimeout(() => {}), /setTimeout is used at import/);
  } finally {
    restore();
  }
  assert.deepEqual(touched, ["document", "setTimeout"]);
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
