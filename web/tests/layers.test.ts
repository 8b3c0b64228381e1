import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** Layers of web/app/, each with those that it may import. Modules at the top put the features together. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  words: [],
  core: ["words"],
  ui: ["words", "core"],
  features: ["words", "core", "ui"],
  top: ["words", "core", "ui", "features"],
};
/** Features on which each feature builds. */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  account: ["auth", "room"],
  admin: ["moderation", "room"],
  auth: ["messages"],
  messages: ["moderation", "rooms"],
  moderation: ["rooms"],
  room: ["messages", "moderation", "rooms", "study"],
  rooms: ["account", "auth", "messages", "room", "study"],
  study: ["account", "messages", "room", "rooms"],
};
const APP = join(process.env.WEB ?? "", "app");
const IMPORT = /^(?:import|export)\s+(?!type\b)([^;"]*?)\s*(?:from\s+)?"(\.[^"]+)";|\bimport\("(\.[^"]+)"\)/gms;
const COMMENT = /\/\*.*?\*\//gs;
const ONLY_TYPES = /^\{\s*(?:type \w+(?: as \w+)?,?\s*)+\}$/;

interface Import {
  readonly from: string;
  readonly to: string;
  /** True for `import()`. */
  readonly isLazy: boolean;
}

const modules = readdirSync(APP, { recursive: true, encoding: "utf-8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path));
const known = new Set(modules);

function resolved(from: string, specifier: string): string {
  const folders = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") folders.pop();
    else if (part !== ".") folders.push(part);
  }
  const path = folders.join("/");
  const found = [`${path}.ts`, `${path}.tsx`].find((candidate) => known.has(candidate));
  assert.ok(found, `${from} imports ${specifier}, which does not exist`);
  return found;
}

const imports: readonly Import[] = modules.flatMap((from) =>
  [...readFileSync(join(APP, from), "utf-8").replace(COMMENT, "").matchAll(IMPORT)]
    .filter(([, names = ""]) => !ONLY_TYPES.test(names))
    .map(([, , specifier, lazy]) => ({ from, to: resolved(from, specifier ?? lazy ?? ""), isLazy: lazy !== undefined })),
);

const layerOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "top");
const featureOf = (path: string): string | null => (path.startsWith("features/") ? (path.split("/")[1] ?? null) : null);
const shown = ({ from, to }: Import): string => `${from} → ${to}`;

test("modules are found with their imports", () => {
  assert.ok(modules.length > 100 && imports.length > modules.length);
  assert.ok(imports.some(({ isLazy }) => isLazy));
});

test("the compiler checks every module whole", () => {
  const marks = /@ts-(nocheck|ignore|expect-error)/;
  assert.deepEqual(
    modules.filter((path) => marks.test(readFileSync(join(APP, path), "utf-8"))),
    [],
  );
});

test("a layer imports only lower layers", () => {
  const wrong = imports.filter(({ from, to }) => {
    const layer = layerOf(from);
    return layer !== layerOf(to) && !LAYERS[layer]?.includes(layerOf(to));
  });
  assert.deepEqual(wrong.map(shown), []);
});

test("a feature imports only the features on which it builds", () => {
  const wrong = imports.filter(({ from, to }) => {
    const [one, other] = [featureOf(from), featureOf(to)];
    return one && other && one !== other && !FEATURES[one]?.includes(other);
  });
  assert.deepEqual(wrong.map(shown), []);
});

test("no feature is listed in vain", () => {
  const used = new Set(imports.map(({ from, to }) => `${featureOf(from)} ${featureOf(to)}`));
  const listed = Object.entries(FEATURES).flatMap(([one, others]) => others.map((other) => `${one} ${other}`));
  assert.deepEqual(
    listed.filter((pair) => !used.has(pair)),
    [],
  );
});

test("state imports no components", () => {
  const wrong = imports.filter(({ from, to, isLazy }) => from.endsWith(".ts") && to.endsWith(".tsx") && !isLazy);
  assert.deepEqual(wrong.map(shown), []);
});

test("no module imports itself by way of others", () => {
  const eager = new Map(modules.map((path) => [path, imports.filter(({ from, isLazy }) => from === path && !isLazy)]));
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (way.includes(path) || done.has(path)) return;
    for (const { to } of eager.get(path) ?? []) visit(to, [...way, path]);
    done.add(path);
  };
  for (const path of modules) visit(path, []);
  assert.deepEqual(cycles, []);
});
