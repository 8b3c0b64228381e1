import "./support/browser";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Plural } from "../app/core/words";
import { de } from "../app/words/de";
import { deLazy } from "../app/words/de-lazy";
import { deStudy } from "../app/words/de-study";
import { en } from "../app/words/en";
import { enLazy } from "../app/words/en-lazy";
import { enStudy } from "../app/words/en-study";
import { english, parse, sources, strings, WEB } from "./support/source";

type Messages = Readonly<Record<string, string | Plural>>;

const ENGLISH: Messages = { ...en, ...enLazy, ...enStudy };
const OTHERS: Readonly<Record<string, Messages>> = { de: { ...de, ...deLazy, ...deStudy } };
/** Files of the views that are loaded together with words of their own. */
const WITH_LAZY_WORDS = /^features\/(account|admin)\/(?!announcements\b)/;
const WITH_STUDY_WORDS = /^features\/study\//;

const files = sources();
const keys = new Set(Object.keys(ENGLISH));

test("components have no words of their own", () => {
  const found = files.flatMap((file) =>
    english(file, keys).map(({ line, text }) => `web/app/${file.fileName}:${line}: ${text}`),
  );
  assert.deepEqual(found, [], "these belong into web/app/words/en.ts");
});

test("styles have no words", () => {
  const styles = readdirSync(join(WEB, "style"), { encoding: "utf-8" }).filter((name) => name.endsWith(".css"));
  const contents = styles.flatMap((name) => readFileSync(join(WEB, "style", name), "utf-8").match(/content:[^;}]*/g) ?? []);
  assert.deepEqual(
    contents.filter((content) => /["'][^"']*\p{L}/u.test(content)),
    [],
  );
});

test("each message is used", () => {
  const pages = ["index.html", "languages.mjs"].map((name) => readFileSync(join(WEB, name), "utf-8"));
  const texts = files.flatMap(strings);
  const whole = new Set(texts.filter(({ isWhole }) => isWhole).map(({ text }) => text));
  const heads = texts.filter(({ text, isWhole }) => !isWhole && /^[a-z]\w*\.\w*/.test(text)).map(({ text }) => text);
  const unused = [...keys].filter(
    (key) =>
      !whole.has(key) &&
      !heads.some((head) => key.startsWith(head)) &&
      !pages.some((page) => page.includes(`words:${key}}`) || page.includes(`"${key}"`)),
  );
  assert.deepEqual(unused, [], "no component names these keys of web/app/words/en.ts");
});

test("components use no message of index.html, which the build leaves out of the bundle", () => {
  const used = files.flatMap(strings).filter(({ text }) => /^(start|preview)\./.test(text) && keys.has(text));
  assert.deepEqual(used, []);
});

test("words that are loaded on demand are used only by their views", () => {
  for (const [views, messages] of [
    [WITH_LAZY_WORDS, enLazy],
    [WITH_STUDY_WORDS, enStudy],
  ] as const) {
    const early = files.filter(({ fileName }) => !views.test(fileName.replaceAll("\\", "/")));
    const used = early.flatMap((file) => strings(file).filter(({ text }) => Object.hasOwn(messages, text)));
    assert.deepEqual(used, []);
  }
});

test("each catalogue is tested", () => {
  const names = readdirSync(join(WEB, "app", "words"), { encoding: "utf-8" }).map((name) => name.replace(".ts", ""));
  assert.deepEqual(names.sort(), ["en", ...Object.keys(OTHERS)].flatMap((tag) => [tag, `${tag}-lazy`, `${tag}-study`]).sort());
});

for (const [tag, messages] of Object.entries({ en: ENGLISH, ...OTHERS })) {
  test(`${tag} has the plural forms of its language`, () => {
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories.sort();
    const wrong = Object.entries(messages).filter(
      ([, message]) => typeof message !== "string" && Object.keys(message).sort().join() !== categories.join(),
    );
    assert.deepEqual(
      wrong.map(([key]) => key),
      [],
      `each has to have ${categories}`,
    );
  });
}

for (const [tag, messages] of Object.entries(OTHERS)) {
  test(`${tag} has each message, in the same order`, () => {
    assert.deepEqual(Object.keys(messages), Object.keys(ENGLISH));
  });

  test(`${tag} has only messages that there are, with the same parameters and parts`, () => {
    const wrong = Object.entries(messages).filter(([key, message]) => !fits(ENGLISH[key], message));
    assert.deepEqual(
      wrong.map(([key]) => key),
      [],
    );
  });
}

/** True if a translation has the parameters and parts of the message in English; a form such as "one" may leave {count} out. */
function fits(original: string | Plural | undefined, translated: string | Plural): boolean {
  if (original === undefined) return false;
  if (typeof original === "string" || typeof translated === "string") {
    return typeof original === typeof translated && marks(original as string) === marks(translated as string);
  }
  const { other, ...forms } = translated;
  const without = (text: string) => marks(text.replaceAll("{count}", ""));
  return marks(other) === marks(original.other) && Object.values(forms).every((form) => without(form) === without(other));
}

const marks = (text: string): string => (text.match(/\{\w+\}|<\/?\w+\/?>/g) ?? []).sort().join(" ");

test("words in code are found, and names for machines are not", () => {
  const code = `
    import { x } from "Some Module";
    throw new Error("For developers only");
    const a = "Hello";
    const b = \`hello \${a} world\`;
    const c = document.querySelector("main input, main button");
    if (event.key === "Escape") close("save changes");
    const text: "Some Type" = t("room.here");
    const element = (
      <section class="one two" title="tip" id="Main" data-x={a ? "one" : "two words"}>
        {count} people {a && "x"} {a ? t("room.here") : "away"} <Words of="room.here" />
        <Field label={t("ui.close")} hint={b || "hint"} type="text" />
        Studyhall · {"…"}
      </section>
    );`;
  assert.deepEqual(
    english(parse("test.tsx", code), new Set(["room.here"])).map(({ text }) => text),
    ["Hello", "hello world", "save changes", "tip", "people", "x", "away", "hint"],
  );
});
