/** Times, numbers and names in the language of the reader. */

import { now } from "./now";
import { locale, t } from "./words";

/** A time: ISO 8601 as in the API, or milliseconds since 1970. */
export type Time = string | number | Date;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Days until `ago` returns a date. */
const MAX_DAYS_AGO = 14;
/** Days from which the heading of a day has its year instead of its weekday. */
const MAX_DAYS_WITHOUT_YEAR = 300;

/** Return a function that makes a formatter once for each locale. */
function byLocale<F>(make: (tag: string) => F): () => F {
  let tag = "";
  let format: F | undefined;
  return () => {
    if (format === undefined || tag !== locale.value) format = make((tag = locale.value));
    return format;
  };
}

const dates = (options: Intl.DateTimeFormatOptions) => byLocale((tag) => new Intl.DateTimeFormat(tag, options));
const hours = dates({ hour: "numeric", minute: "2-digit" });
const weekday = dates({ weekday: "long", day: "numeric", month: "long" });
const withYear = dates({ day: "numeric", month: "long", year: "numeric" });
const complete = dates({ dateStyle: "full", timeStyle: "short" });
const relative = byLocale((tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto" }));
const conjunction = byLocale((tag) => new Intl.ListFormat(tag, { type: "conjunction" }));
const disjunction = byLocale((tag) => new Intl.ListFormat(tag, { type: "disjunction" }));

export const time = (at: Time): string => written(hours(), at);
export const date = (at: Time): string => written(withYear(), at);
export const moment = (at: Time): string => written(complete(), at);

/** Make the formats of messages. That takes long on a slow phone, so it is done while the connection is awaited. */
export function prepareFormats(): void {
  for (const format of [time, moment]) format(0);
}

/** A list as a part of a sentence: "Ada, Ben and Cem". */
export const listOf = (parts: readonly string[]): string => conjunction().format(parts);
/** Alternatives as a part of a sentence: "public or private". */
export const choiceOf = (parts: readonly string[]): string => disjunction().format(parts);

/** A moment in the future or the past: its time, with the day if that is not today. */
export const clock = (at: Time, present = now()): string => (dayOf(at) === dayOf(present) ? time(at) : moment(at));

/** The same behind its preposition: "at 14:10", "on Sunday 29 November 2026 at 14:10". */
export const atClock = (at: Time, present = now()): string =>
  dayOf(at) === dayOf(present) ? t("time.atTime", { time: time(at) }) : t("time.onDate", { date: moment(at) });

/** Identifies a day in the reader's time zone. */
export const dayOf = (at: Time): string => new Date(at).toDateString();

/** Midnights between two times in the reader's time zone: 1 from Monday 23:59 to Tuesday 0:01, whatever the clocks do. */
const midnights = (from: Date, to: Date): number => (dateOf(to) - dateOf(from)) / DAY;
const dateOf = (at: Date): number => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());

// a time that cannot be read is left out: Intl would throw, and take the rest of the view with it
const written = (format: Intl.DateTimeFormat, at: Time): string =>
  isReadable(new Date(at)) ? format.format(new Date(at)) : "";
const isReadable = (at: Date): boolean => !Number.isNaN(at.getTime());

/** Heading above the messages of a day. */
export function day(iso: Time, at = now()): string {
  const then = new Date(iso);
  const days = midnights(then, new Date(at));
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  return written(days > MAX_DAYS_WITHOUT_YEAR ? withYear() : weekday(), then);
}

/** The reader's date as in "2026-11-30", for names of files. */
export const dateStamp = (at = new Date()): string =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** The time since then: minutes and hours as they passed, from 24 hours on calendar days, after two weeks the date. */
export function ago(iso: Time, at = now()): string {
  const then = new Date(iso);
  if (!isReadable(then)) return "";
  const passed = at - then.getTime();
  const days = midnights(then, new Date(at));
  if (days > MAX_DAYS_AGO) return written(withYear(), then);
  if (passed >= DAY && days > 0) return relative().format(-days, "day");
  if (passed >= HOUR) return relative().format(-Math.floor(passed / HOUR), "hour");
  if (passed >= MINUTE) return relative().format(-Math.floor(passed / MINUTE), "minute");
  return t("time.justNow");
}

/** The time until then: "in 6 days" (calendar days), "in 2 hours", "in a moment". */
export function until(iso: Time, at = now()): string {
  const end = new Date(iso);
  if (!isReadable(end)) return "";
  const left = end.getTime() - at;
  const days = midnights(new Date(at), end);
  if (left <= 0) return t("time.now");
  if (left >= DAY && days > 0) return relative().format(days, "day");
  if (left >= HOUR - MINUTE / 2) return relative().format(Math.round(left / HOUR), "hour");
  if (left >= MINUTE) return relative().format(Math.round(left / MINUTE), "minute");
  return t("time.inAMoment");
}

let graphemes: Intl.Segmenter | null = null;

function firstLetter(word: string): string {
  // Firefox before 125 has no Segmenter
  if (typeof Intl.Segmenter === "function") graphemes ??= new Intl.Segmenter();
  const segmented = graphemes?.segment(word)[Symbol.iterator]().next().value?.segment;
  return segmented ?? [...word][0] ?? "";
}

/** Parts the initials of a name in a cursive script, which would join them to a word. */
const NON_JOINER = "\u200c";
const CURSIVE = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Adlam}]/u;

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const letters = ends.map((word) => firstLetter(word ?? "").toUpperCase());
  return letters.join(letters.every((letter) => CURSIVE.test(letter)) ? NON_JOINER : "");
}

const MAX_NAME = 50;

const isPlain = (text: string): boolean => /^[ -~]*$/.test(text);

/** Text that turns no text around it. */
export const isolated = (text: string): string => (isPlain(text) ? text : `\u2068${text}\u2069`);

function bounded(name: string): string {
  const letters = [...name];
  return letters.length > MAX_NAME
    ? `${letters
        .slice(0, MAX_NAME - 1)
        .join("")
        .trimEnd()}…`
    : name;
}

/** A name in a sentence without markup: quoted and bounded, so that it ends where it ends. See text/normalise.py. */
export function quoted(name: string): string {
  const plain = name.replace(/["«»“”„‟‹›〝〞〟＂]/g, "'");
  const shown = bounded(plain);
  return t("ui.quoted", { text: isPlain(plain) ? shown : isolated(shown) });
}

/** First names as a part of a sentence: "Ada, Ben and 3 others". */
export function names(people: readonly { readonly name: string }[], most = 3): string {
  const shown = people.slice(0, most).map(({ name }) => isolated(bounded(name.split(" ")[0] ?? "")));
  const rest = people.length - shown.length;
  return listOf(rest > 0 ? [...shown, t("ui.others", { count: rest })] : shown);
}
