/*
 * Runs the unit tests of the page: `node web/tools/test.mjs` all of web/tests/, `node web/tools/test.mjs words outbox` those
 * whose names contain a word. esbuild bundles each file, and Node's own runner runs the bundles.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const TOOLS = dirname(fileURLToPath(import.meta.url));
const TESTS = join(dirname(TOOLS), "tests");
const SUFFIX = ".test.ts";

const words = process.argv.slice(2);
const chosen = readdirSync(TESTS).filter(
  (name) => name.endsWith(SUFFIX) && (words.length === 0 || words.some((word) => name.includes(word))),
);
if (chosen.length === 0) throw Error(`no test in ${TESTS} is called like ${words.join(" or ")}`);

// in node_modules, so that bundles find the packages of this folder
const bundles = mkdtempSync(join(TOOLS, "node_modules", ".tests-"));
let status = 1;
try {
  await build({
    absWorkingDir: dirname(TOOLS),
    bundle: true,
    entryPoints: chosen.map((name) => join(TESTS, name)),
    external: ["socket.io-client", "typescript"], // socket.io-client has parts that Node.js requires
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
    outdir: bundles,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    sourcemap: "inline",
    target: "node18",
  });
  const files = chosen.map((name) => join(bundles, basename(name).replace(/\.ts$/, ".mjs")));
  const environment = { ...process.env, WEB: dirname(TOOLS) };
  ({ status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
    env: environment,
  }));
} finally {
  rmSync(bundles, { recursive: true });
}
process.exit(status ?? 1);
