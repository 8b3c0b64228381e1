/** Times, counts and links, for people. */

// the page speaks English, so its dates do; the order of day and month, and the clock, are the reader's own
const locale = navigator.language?.startsWith("en") ? navigator.language : "en-GB";

const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const complete = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const number = new Intl.NumberFormat(locale);

export const time = (iso) => clock.format(new Date(iso));
export const moment = (iso) => complete.format(new Date(iso));
export const figure = (value) => number.format(value);
export const count = (value, one, many = `${one}s`) => `${figure(value)} ${value === 1 ? one : many}`;

/** Names a day in the reader's time zone; the same for two times of one day. */
export const dayOf = (iso) => new Date(iso).toDateString();

export function day(iso, now = new Date()) {
  const then = new Date(iso);
  const days = Math.round((new Date(now.toDateString()) - new Date(then.toDateString())) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (days > 300 ? withYear : weekday).format(then);
}

const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

export function ago(iso, now = Date.now()) {
  const seconds = (now - new Date(iso)) / 1000;
  if (seconds > 14 * 86_400) return withYear.format(new Date(iso));
  for (const [unit, length] of STEPS) if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  return "just now";
}

/** When something ends: "in 6 days", "in 2 hours", "in a moment". */
export function until(iso, now = Date.now()) {
  const seconds = (new Date(iso) - now) / 1000;
  for (const [unit, length] of STEPS) if (seconds >= length) return relative.format(Math.round(seconds / length), unit);
  return "in a moment";
}

export const initials = (name) => {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0].toUpperCase()).join("");
};

/** "Ada, Ben and 3 others" */
export function names(people, most = 3) {
  const shown = people.slice(0, most).map((person) => person.name.split(" ")[0]);
  const rest = people.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${count(rest, "other")}`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : (shown[0] ?? "");
}

const LINK = /\bhttps?:\/\/[^\s<>"]+/giu;

/** Split text at its links: `[{text}, {text, href}, …]`. Only http and https; a full stop after a link is not part of it. */
export function withLinks(text) {
  const pieces = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const link = trimmed(found);
    if (!URL.canParse(link)) continue;
    const { href, protocol } = new URL(link);
    if (protocol !== "http:" && protocol !== "https:") continue;
    if (index > done) pieces.push({ text: text.slice(done, index) });
    pieces.push({ text: link, href });
    done = index + link.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

function trimmed(link) {
  for (;;) {
    const last = link.at(-1);
    const isClosing = ")]}".includes(last) && !link.includes("([{"[")]}".indexOf(last)]);
    if (!isClosing && !".,;:!?'*_…".includes(last)) return link;
    link = link.slice(0, -1);
  }
}
