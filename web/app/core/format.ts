/** Times, counts and names, for people. */

import { now } from "./now";

// the page speaks English, so its dates do; the order of day and month, and the clock, are the reader's own
const locale = navigator.language?.startsWith("en") ? navigator.language : "en-GB";

const hours = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const complete = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const number = new Intl.NumberFormat(locale);

export const time = (iso) => written(hours, iso);
export const date = (iso) => written(withYear, iso);
export const moment = (iso) => written(complete, iso);
export const figure = (value) => number.format(value);
export const count = (value, one, many = `${one}s`) => `${figure(value)} ${value === 1 ? one : many}`;

/** A moment in the future or the past: its time, with the day if that is not today. */
export const clock = (at, present = now()) => (dayOf(at) === dayOf(present) ? time(at) : moment(at));
/** The same behind its preposition: "at 14:10", "on Sunday 29 November 2026 at 14:10". */
export const atClock = (at, present = now()) => `${dayOf(at) === dayOf(present) ? "at" : "on"} ${clock(at, present)}`;

/** Names a day in the reader's time zone; the same for two times of one day. */
export const dayOf = (iso) => new Date(iso).toDateString();

/** Midnights between two times in the reader's time zone: 1 from Monday 23:59 to Tuesday 0:01, whatever the clocks do. */
const midnights = (from, to) => (dateOf(to) - dateOf(from)) / DAY;
const dateOf = (at) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());

// a time that cannot be read is left out: Intl would throw, and take the rest of the view with it
const written = (format, at) => (isReadable(new Date(at)) ? format.format(new Date(at)) : "");
const isReadable = (at) => !Number.isNaN(at.getTime());

/** The heading above the messages of a day. */
export function day(iso, at = now()) {
  const then = new Date(iso);
  const days = midnights(then, new Date(at));
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return written(days > 300 ? withYear : weekday, then);
}

/** The reader's date as in "2026-11-30", for names of files. */
export const dateStamp = (at = new Date()) =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const LONGEST_AGO = 14;

/** The time since then: minutes and hours as they passed, from 24 hours on calendar days, after two weeks the date. */
export function ago(iso, at = now()) {
  const then = new Date(iso);
  const passed = at - then;
  const days = midnights(then, new Date(at));
  if (!isReadable(then)) return "";
  if (days > LONGEST_AGO) return written(withYear, then);
  if (passed >= DAY && days > 0) return relative.format(-days, "day");
  if (passed >= HOUR) return relative.format(-Math.floor(passed / HOUR), "hour");
  if (passed >= MINUTE) return relative.format(-Math.floor(passed / MINUTE), "minute");
  return "just now";
}

/** The time until then: "in 6 days" (calendar days), "in 2 hours", "in a moment". */
export function until(iso, at = now()) {
  const end = new Date(iso);
  const left = end - at;
  const days = midnights(new Date(at), end);
  if (!isReadable(end)) return "";
  if (left <= 0) return "now";
  if (left >= DAY && days > 0) return relative.format(days, "day");
  if (left >= HOUR - MINUTE / 2) return relative.format(Math.round(left / HOUR), "hour");
  if (left >= MINUTE) return relative.format(Math.round(left / MINUTE), "minute");
  return "in a moment";
}

export const initials = (name) => {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0].toUpperCase()).join("");
};

const LONGEST_NAME = 50;

const isPlain = (text) => /^[ -~]*$/.test(text);

/** Text that turns no text around it. */
export const isolated = (text) => (isPlain(text) ? text : `\u2068${text}\u2069`);

function bounded(name) {
  const letters = [...name];
  return letters.length > LONGEST_NAME
    ? `${letters
        .slice(0, LONGEST_NAME - 1)
        .join("")
        .trimEnd()}…`
    : name;
}

/** A name in a sentence without markup: quoted and bounded, so that it ends where it ends. See text/normalise.py. */
export function quoted(name) {
  const plain = name.replace(/["«»“”„‟‹›〝〞〟＂]/g, "'");
  const shown = bounded(plain);
  return `“${isPlain(plain) ? shown : isolated(shown)}”`;
}

/** "Ada, Ben and 3 others" */
export function names(people, most = 3) {
  const shown = people.slice(0, most).map((person) => isolated(bounded(person.name.split(" ")[0])));
  const rest = people.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${count(rest, "other")}`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : (shown[0] ?? "");
}
