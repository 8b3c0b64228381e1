/**
 * Words of the page in the language of its user.
 *
 * Components name a message of the catalogue (words/en.ts) by its key. Messages are plain text with `{parameters}`. A message
 * that depends on a number has a form for each plural category of its language, chosen by `count`. A message with
 * `<tags>` is shown by the component `Words` (ui/words.tsx).
 */

import { signal } from "@preact/signals";
import type { en } from "../words/en";
import type { enLazy } from "../words/en-lazy";
import type { enStudy } from "../words/en-study";

/** Forms of a message by the categories of Intl.PluralRules; `other` is in every language. */
export type Plural = { readonly [category in Intl.LDMLPluralRule]?: string } & { readonly other: string };
type English = typeof en & typeof enLazy & typeof enStudy;
export type Key = keyof English;
type Translated<Messages> = { readonly [key in keyof Messages]: Messages[key] extends string ? string : Plural };
/** The messages of a language that each visit needs. tsc reports a missing or unknown key. */
export type FirstCatalogue = Translated<typeof en>;
/** Those of account and administration, which are loaded on demand. */
export type LazyCatalogue = Translated<typeof enLazy>;
/** Those of timers, focus sessions and other study views, which are loaded on demand. */
export type StudyCatalogue = Translated<typeof enStudy>;
export type Catalogue = FirstCatalogue & LazyCatalogue & StudyCatalogue;

type Text<K extends Key> = English[K] extends string
  ? English[K]
  : English[K] extends { other: infer O extends string }
    ? O
    : never;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Needed<K extends Key> = Names<Text<K>> | (English[K] extends string ? never : "count");
/** Values of the `{parameters}` of a message. Numbers are written as in the language. */
export type Values<K extends Key> = { readonly [name in Needed<K>]: name extends "count" ? number : string | number };

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|ur|yi)\b/;

/** The direction in which a language is written. */
export const direction = (tag: string): "ltr" | "rtl" => (RIGHT_TO_LEFT.test(tag) ? "rtl" : "ltr");

/** The language of the words. Dates and numbers follow `locale`, which may name a region, too. */
export const language = signal<Language>("en");
export const locale = signal("en-GB");

let catalogue: Partial<Catalogue> = {};
// made when they are needed: the first one of each kind takes milliseconds
let plurals: Intl.PluralRules | null = null;
let numbers: Intl.NumberFormat | null = null;

/**
 * Show the page in another language from now on. The caller draws the page anew.
 *
 * @param next the language.
 * @param messages its catalogue.
 * @param preferred languages of the reader, the first one first: of those in the language, the first one gives the region.
 */
export function setLanguage(
  next: Language,
  messages: Partial<Catalogue>,
  preferred: readonly string[] = navigator.languages,
): void {
  catalogue = messages;
  locale.value = preferred.find((tag) => tag.split("-")[0] === next && isLocale(tag)) ?? (next === "en" ? "en-GB" : next);
  plurals = numbers = null;
  document.documentElement.lang = next;
  document.documentElement.dir = direction(next);
  language.value = next;
}

/** False for tags that Intl rejects, such as the "en-US@posix" of some Linux systems. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** A number as the language writes it: 1,234 or 1.234. */
export const figure = (value: number): string => (numbers ??= new Intl.NumberFormat(locale.peek())).format(value);

const category = (count: number): Intl.LDMLPluralRule => (plurals ??= new Intl.PluralRules(language.peek())).select(count);

/** The text of a message before its parameters are put in. */
export function pattern(key: Key, count?: number): string {
  const message: string | Plural = catalogue[key] ?? "";
  return typeof message === "string" ? message : (message[category(count ?? 0)] ?? message.other);
}

/** The message with this key: `t("room.here", { count: 3 })` → "3 people here". */
export function t<K extends Key>(key: K, ...[values]: Needed<K> extends never ? [] : [Values<K>]): string {
  return filled(key, values ?? {});
}

/** The message with a key that is made at run time, such as `error.${code}`; null if there is none. */
export const lookup = (key: string, values: Given = {}): string | null => (has(key) ? filled(key, values) : null);

type Given = Readonly<Record<string, string | number>>;

function filled(key: Key, values: Given): string {
  return pattern(key, Number(values.count ?? 0)).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === "number" ? figure(value) : (value ?? "");
  });
}

/** True if the catalogue has this key. */
export const has = (key: string): key is Key => Object.hasOwn(catalogue, key);
