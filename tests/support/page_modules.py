"""Modules of the page that need no browser, run in Node.js."""

import json
import os
import re
import subprocess
from typing import Any

from tests.support import missing
from tests.support.node import find_node
from tests.support.paths import ROOT

WEB = ROOT / "web"
_WITHIN = 30
_LOADED = re.compile(r'load\("([^"]+)"\)')
_ENTRY = """
import { readFileSync } from "node:fs";
import { setLanguage } from "./app/core/words";
import { en } from "./app/words/en";
const navigator = { language: "en-GB", languages: ["en-GB"] };
Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
globalThis.document ??= { documentElement: { dataset: {} } };
setLanguage("en", en);
const modules = { MODULES };
const load = (name) => modules[name]();
const run = async (given) => { BODY };
const returned = JSON.stringify(await run(JSON.parse(readFileSync(0, "utf-8"))));
process.stdout.write(returned, () => process.exit());
"""
# esbuild strips the types; its output is run from standard input of the same process
_BUNDLE = """
import { build } from "esbuild";
import { readFileSync } from "node:fs";
const stdin = { contents: readFileSync(0, "utf-8"), resolveDir: process.cwd(), loader: "ts" };
const jsx = { jsx: "automatic", jsxImportSource: "preact" };
const { outputFiles } = await build({ stdin, bundle: true, format: "esm", platform: "node", ...jsx, write: false });
process.stdout.write(outputFiles[0].text);
"""


def run_in_node(script: str, given: Any = None, *, time_zone: str = "UTC") -> Any:
    """Run a script and return what it returns, as JSON. Without Node.js, skip, or fail if CI is set.

    Args:
        script: the body of an async function; `given` is in its scope, and `load("core/format")` imports a module of
            web/app/.
        given: anything that JSON can express.
        time_zone: the reader's, such as "Europe/Berlin".
    """
    node = find_node()
    if node is None:
        missing.skip("There is no Node.js here, so modules of the page are NOT tested: `make install` brings one.")
    modules = ", ".join(f'"{name}": () => import("./app/{name}")' for name in sorted(set(_LOADED.findall(script))))
    entry = _ENTRY.replace("MODULES", modules).replace("BODY", script)
    bundled = _run([node, "--input-type=module", "--eval", _BUNDLE], entry, time_zone)
    return json.loads(_run([node, "--input-type=module", "--eval", bundled], json.dumps(given), time_zone))


def _run(command: list[str], given: str, time_zone: str) -> str:
    ended = subprocess.run(  # noqa: S603 - our own modules
        command,
        cwd=WEB,
        env={**os.environ, "TZ": time_zone},
        input=given,
        capture_output=True,
        check=False,
        text=True,
        timeout=_WITHIN,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
