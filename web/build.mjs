/*
 * Builds the page into dist/: `node build.mjs` once, `node build.mjs --watch [pid]` again on each change, until the
 * process with that id has ended.
 *
 * Every file is named by a hash of its content. dist/manifest.json tells the server which files there are. It is written
 * after all others, and files of an earlier build are deleted after it.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { drawPng } from "./icons.mjs";
import { readLanguages } from "./languages.mjs";

const WEB = dirname(fileURLToPath(import.meta.url));
const APP = join(WEB, "app");
const DIST = join(WEB, "dist");
const MAIN = join(APP, "main.tsx");
const START = join(APP, "start.ts");
const INDEX = join(WEB, "index.html");
const WORDS = join(APP, "words");
/** Messages that are only in index.html and the web manifest. */
const INDEX_WORDS = /^ {2}"(start|preview)\.[\s\S]*?(?=^ {2}("|\/\/)|^\})/gm;
const SHARED = [join(APP, "core"), join(APP, "ui")];
/** Shared modules that no first view needs: they make one chunk, which is loaded with the first view that has a list. */
const OF_LISTS = ["paged-list.tsx", "entry-state.ts", "search-text.ts"].map((name) => join(APP, "ui", name));
const ICON = join(WEB, "style", "lamp.svg");
/** The oldest supported browsers; docs/operating.md names them. */
const BROWSERS = ["chrome109", "edge109", "firefox121", "safari16.4"];
const DYNAMIC_IMPORT = /\bimport\("(\.[^"]+)"\)/g;
const LICENCE = /^(licen[cs]e|copying)(\.|$)/i;
const OWNER_CHECK_INTERVAL = 500; // ms

const COMMON = {
  absWorkingDir: WEB,
  outdir: DIST,
  bundle: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  legalComments: "none", // licences.txt has the whole texts
  logLevel: "warning",
  metafile: true,
  minify: true,
  sourcemap: "linked",
  write: false,
};

/**
 * Put all modules that main.tsx imports statically into one chunk, and those of core/ and ui/, which views share: else each
 * would be a file of its own, as is that of lists. esbuild makes a chunk for each set of entries that share modules, so each
 * module that is loaded on demand gets main.tsx as a dependency: it is there before any of them.
 */
const oneEagerChunk = {
  name: "one-eager-chunk",
  setup(build) {
    let lazy = new Set();
    build.onStart(() => {
      lazy = new Set(scripts(APP).flatMap(dynamicImports));
    });
    build.onLoad({ filter: /[\\/]app[\\/].*\.tsx?$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf-8");
      const loader = path.endsWith("x") ? "tsx" : "ts";
      // relative paths, because source maps contain them: names of files do not depend on the folder
      const importing = (...added) => added.map((module) => `\nimport ${JSON.stringify(importPath(path, module))};`).join("");
      if (dirname(path) === WORDS) contents = contents.replace(INDEX_WORDS, "");
      if (lazy.has(path)) return { contents: contents + importing(MAIN), loader };
      if (path !== MAIN) return { contents, loader };
      const shared = SHARED.flatMap(scripts).filter((module) => !lazy.has(module) && !OF_LISTS.includes(module));
      // start.ts and index.html are built apart, but watched with the others
      return { contents: contents + importing(...shared), loader, watchDirs: SHARED, watchFiles: [START, INDEX] };
    });
  },
};

const writeOutput = {
  name: "write-output",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length === 0) write(await readLanguages(WEB), result, await buildStart());
    });
  },
};

const page = {
  ...COMMON,
  entryPoints: [MAIN, join(WEB, "style", "page.css"), ICON],
  chunkNames: "[name]-[hash]",
  format: "esm",
  loader: { ".svg": "copy" },
  plugins: [oneEagerChunk, writeOutput],
  splitting: true,
  target: BROWSERS,
};

/** Build the classic script that reports browsers in which the modules do not run, in syntax that those can read. */
const buildStart = () => esbuild.build({ ...COMMON, entryPoints: [START], format: "iife", target: "es5" });

function scripts(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? scripts(path) : /\.tsx?$/.test(path) ? [path] : [];
  });
}

function importPath(from, to) {
  const path = relative(dirname(from), to).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}

const dynamicImports = (path) =>
  [...readFileSync(path, "utf-8").matchAll(DYNAMIC_IMPORT)].map(([, specifier]) => {
    const found = resolve(dirname(path), specifier);
    return existsSync(`${found}.tsx`) ? `${found}.tsx` : `${found}.ts`;
  });

/** Write the files of both builds, generated files and the manifest, and delete files of earlier builds. */
function write(languages, ...builds) {
  const files = new Map(
    builds.flatMap(({ outputFiles }) => outputFiles.map((file) => [relative(DIST, file.path), file.contents])),
  );
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const outputs = Object.fromEntries(
    builds.flatMap(({ metafile }) =>
      Object.entries(metafile.outputs).map(([path, output]) => [relative("dist", path), output]),
    ),
  );
  const built = (source) => Object.keys(outputs).find((name) => outputs[name].entryPoint === source);
  const imported = (name) =>
    outputs[name].imports
      .filter((found) => found.kind === "import-statement" && !found.external)
      .map(({ path }) => relative("dist", path));
  const add = (name, suffix, content) => {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
    files.set(`${name}-${hash}${suffix}`, Buffer.from(content));
    return `${name}-${hash}${suffix}`;
  };

  let entry = built("app/main.tsx");
  const [only, ...others] = imported(entry);
  if (only && others.length === 0 && Object.keys(outputs[entry].inputs).length === 0) {
    // the entry only imports the chunk that has all its modules
    files.delete(entry);
    files.delete(`${entry}.map`);
    delete outputs[entry];
    entry = only;
  }
  const words = Object.fromEntries(languages.map(({ tag }) => [tag, built(`app/words/${tag}.ts`)]));
  const eager = new Set();
  for (const waiting = [entry]; waiting.length > 0; ) {
    const name = waiting.pop();
    if (!eager.has(name)) waiting.push(...imported(name));
    eager.add(name);
  }
  eager.delete(entry);
  const start = built("app/start.ts");
  const icon = Object.keys(outputs).find((name) => name.endsWith(".svg"));
  const drawn = icons().map(({ size, purpose, content }) => ({
    size,
    purpose,
    src: add(`icon-${size}-${purpose}`, ".png", content),
  }));
  const installed = [
    { src: icon, sizes: "any", type: "image/svg+xml" },
    ...drawn.map(({ size, purpose, src }) => ({ src, sizes: `${size}x${size}`, type: "image/png", purpose })),
  ];
  const manifest = {
    entry,
    start,
    style: built("style/page.css"),
    connection: built("app/core/socket.ts"),
    icon,
    touchicon: drawn.find(({ purpose }) => purpose === "maskable").src,
    licences: add("licences", ".txt", licences(inputs)),
    languages: languages.map(({ tag, previews, index, webManifest }) => ({
      tag,
      index: add(`index.${tag}`, ".html", index),
      webmanifest: add(`studyhall.${tag}`, ".webmanifest", webManifest(installed)),
      words: words[tag],
      previews,
    })),
    icons: drawn.map(({ src }) => src).sort(),
    eager: [...eager].sort(),
    lazy: Object.keys(outputs)
      .filter((name) => name.endsWith(".js") && ![entry, start, ...Object.values(words), ...eager].includes(name))
      .sort(),
    maps: [...files.keys()].filter((name) => name.endsWith(".map")).sort(),
    sources: [...new Set(inputs)].sort(),
  };

  mkdirSync(DIST, { recursive: true });
  // a file that exists has this content already, and a server may be reading it
  for (const [name, contents] of files) if (!existsSync(join(DIST, name))) replace(name, contents);
  replace("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of readdirSync(DIST)) if (!files.has(name) && name !== "manifest.json") rmSync(join(DIST, name));
}

/** Write a file at once, so that readers never see a part of it. */
function replace(name, contents) {
  writeFileSync(join(DIST, `${name}.new`), contents);
  renameSync(join(DIST, `${name}.new`), join(DIST, name));
}

let latestIcons = { svg: "", drawn: [] };

/** Icons for installation. Systems cut "maskable" ones to a shape of their own. They are drawn again if the SVG file changes. */
function icons() {
  const svg = readFileSync(ICON, "utf-8");
  if (svg !== latestIcons.svg) {
    const wanted = [
      [192, "any"],
      [512, "any"],
      [192, "maskable"],
      [512, "maskable"],
    ];
    const drawn = wanted.map(([size, purpose]) => ({ size, purpose, content: drawPng(svg, size, purpose === "maskable") }));
    latestIcons = { svg, drawn };
  }
  return latestIcons.drawn;
}

/** The licences of all packages in the bundle. A package without a licence text is an error. */
function licences(inputs) {
  const folders = new Set(inputs.map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(WEB, folder, "package.json"), "utf-8"));
    const file = readdirSync(join(WEB, folder)).find((found) => LICENCE.test(found));
    if (!file) throw Error(`${folder} has no licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(WEB, folder, file), "utf-8").trim()}\n`;
  });
  return `Packages in this page, and their licences\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (process.argv[2] === "--watch") {
  const context = await esbuild.context(page);
  await context.watch();
  const owner = Number(process.argv[3]);
  if (owner) setInterval(() => isRunning(owner) || process.exit(), OWNER_CHECK_INTERVAL);
} else {
  await esbuild.build(page).catch((error) => {
    if (!error.errors) console.error(error); // esbuild has printed its own errors
    process.exit(1);
  });
}
