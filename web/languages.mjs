/* The files of the page that are words, once for each language: index.html and the web manifest. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

const WORDS = join("app", "words");
const DEFAULT = "en";

/**
 * Titles and descriptions for clients without scripts, such as link previews, by prefix of the path: the longest one wins.
 * All rooms share one, which must not name a private room.
 */
const PREVIEWS = {
  "/": ["preview.home", "preview.homeDescription"],
  "/rooms/": ["preview.room", "preview.roomDescription"],
  "/invite": ["preview.invite", "preview.inviteDescription"],
};

/**
 * Read the catalogues and index.html.
 *
 * @param {string} web path of web/.
 * @returns {Promise<{tag: string, previews: object, index: string, webManifest: (icons: object[]) => string}[]>} all languages,
 *   the default one first.
 */
export async function readLanguages(web) {
  const template = readFileSync(join(web, "index.html"), "utf-8");
  const { direction, ...catalogues } = await load(web);
  const tags = Object.keys(catalogues).sort((one, other) => Number(other === DEFAULT) - Number(one === DEFAULT));
  return tags.map((tag) => {
    const words = (key) => catalogues[tag][key] ?? fail(key);
    const attributes = { lang: tag, dir: direction(tag) };
    return {
      tag,
      previews: Object.fromEntries(Object.entries(PREVIEWS).map(([path, keys]) => [path, keys.map(words)])),
      index: filled(template, words, attributes),
      webManifest: (icons) => webManifest(words, attributes, icons),
    };
  });
}

async function load(web) {
  const tags = readdirSync(join(web, WORDS)).flatMap((name) => /^(\w+)\.ts$/.exec(name)?.[1] ?? []);
  const exported = tags.map((tag) => `export { ${tag} } from "./${WORDS}/${tag}";`);
  const contents = [...exported, 'export { direction } from "./app/core/words";'].join("\n");
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: web, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "silent", // the build of the page reports the same errors
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

function fail(key) {
  throw Error(`a catalogue lacks the message ${key} of index.html`);
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Put the words into index.html; the server puts in the names of files, the preview and its settings. */
function filled(template, words, attributes) {
  return template
    .replace(/\{\{words:([\w.]+)\}\}/g, (_, key) => escaped(words(key)))
    .replace(/\{\{(lang|dir)\}\}/g, (_, name) => attributes[name]);
}

/** The web app manifest. Its addresses are relative to its own, so it works below any path. */
const webManifest = (words, attributes, icons) =>
  JSON.stringify({
    name: "Studyhall",
    short_name: "Studyhall",
    description: words("preview.app"),
    ...attributes,
    start_url: "..",
    scope: "..",
    display: "standalone",
    background_color: "#fdfbf6",
    theme_color: "#fdfbf6",
    icons,
  });
