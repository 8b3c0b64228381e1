/**
 * Links in text: web addresses and email addresses.
 *
 * Every character is looked at a bounded number of times, so that no text takes long. npm's packages for this are
 * compared in docs/decisions.md.
 */

/** Candidates: a scheme, "www.", or the "@" of an email address. */
const START = /https?:\/\/|www\.|@/gi;
/** A word right before an address, maybe with underscores between: no link. Underscores alone are emphasis. */
const WORD_BEFORE = /[a-z\d]_{0,2}$/i;
const LATIN = /[\p{Script=Latin}\p{M}\p{N}_-]/u;
/** A user name before the host. */
const USER = /[\p{L}\p{M}\p{N}._~%!$&*+=:@-]{1,200}@/uy;
const BRACKETED = /\[[\da-f:.]+\]/iy;
const HOST = /[\p{L}\p{M}\p{N}_.-]+/uy;
const PORT = /:\d{1,5}(?!\d)/y;
const FULL_NAME = /^[^.]+(?:\.[^.]+)*\.\p{L}[^.]+$/u;
/** The end of the text before an "@" that may belong to an email address. */
const LOCAL = /[\p{Script=Latin}\p{M}\p{N}._%+'-]{1,64}$/u;
const MAX_LOCAL = 64; // RFC 5321
const MAX_HOST = 253; // RFC 1035
const SCHEME = "mailto:";

const CLOSING = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);
const ASCII_ENDS = /[\0- \x7f<>"`\\]/;
// typographic quotes, full-width and other non-ASCII punctuation, invisible characters
const ENDS = /[\s\p{C}\p{Pi}\p{Pf}\p{Ps}\p{Pe}\p{Po}\p{Pd}\uff04\uff0b\uff1c-\uff1e\uff3e\uff40\uff5c\uff5e]/u;
// parts of words all the same: middle dots, Hebrew marks, joiners, hyphens and the en dash
const INSIDE = /[\u00b7\u05be\u05f3\u05f4\u0f0b\u200c\u200d\u2010-\u2013\u30fb]/;
const TRAILING = /[.,;:!?'*_~|([{\u00b7\u05f3\u05f4\u30fb]/;
/** Behind a link: what cannot be seen, such as what turns the direction, or a letter that seems to belong to it. */
const READ_ON = /[\p{Cf}\p{Ll}\p{Lu}]/u;
const NEXT_ADDRESS = /[,;|](?:https?:\/\/|www\.)/iy;

/** A part of a text. A link has an `href`, and a `host` if it is shown behind the link. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
  readonly host?: string;
}

/** A link that begins at `from`, its host as it is `written` in the text, and the host that the browser goes to. */
interface Link {
  readonly from: number;
  readonly href: string;
  readonly written: string;
  readonly host: string;
}

/** The link at a candidate, if it is one, and the position to go on from. */
interface Found {
  readonly link?: Link | null;
  readonly next: number;
}

/**
 * Split text at its links: `[{text}, {text, href, host}, …]`, together the whole text. `host` is where the link leads, if that
 * cannot be read from the text: in letters that look like others, other figures, or with something unseen in or behind it.
 * An address with a user name is none: its reader takes that for the host.
 */
export function withLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  START.lastIndex = 0;
  for (let found = START.exec(text); found; found = START.exec(text)) {
    const { link, next } = found[0] === "@" ? mail(text, found.index, done) : web(text, found.index, found[0]);
    if (link) {
      if (link.from > done) pieces.push({ text: text.slice(done, link.from) });
      pieces.push({
        text: text.slice(link.from, next),
        ...lead(link, READ_ON.test(String.fromCodePoint(text.codePointAt(next) ?? 32))),
      });
      done = next;
    }
    START.lastIndex = next;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

/** Read a web address whose scheme, or "www.", stands at `from`. `next` is where to go on. */
function web(text: string, from: number, start: string): Found {
  const isBare = start.length === 4;
  const behind = from + start.length;
  const before = text[from - 1] ?? " ";
  if (WORD_BEFORE.test(text.slice(Math.max(0, from - 3), from)) || before === "+" || (isBare && "@/.-".includes(before)))
    return { next: behind };
  const userEnd = isBare ? null : end(USER, text, behind);
  if (userEnd) return { next: hostEnd(text, userEnd) ?? userEnd };
  const host = hostEnd(text, isBare ? from : behind);
  if (!host || text[host] === "%") return { next: host ?? behind };
  if (isBare && (text[host] === "@" || !FULL_NAME.test(text.slice(behind, host)))) return { next: host };
  const port = end(PORT, text, host) ?? host;
  let to = "/?#".includes(text[port] ?? " ") ? pathEnd(text, port) : port;
  while (to > host && TRAILING.test(text.charAt(to - 1))) to--;
  const url = address(isBare ? `http://${text.slice(from, to)}` : text.slice(from, to));
  const written = text.slice(isBare ? from : behind, host);
  return { link: url && { from, href: url.href, written, host: url.hostname }, next: to };
}

/** Read an email address around the "@" at `at`. Text before `done` belongs to another link. */
function mail(text: string, at: number, done: number): Found {
  const local = LOCAL.exec(text.slice(Math.max(done, at - MAX_LOCAL), at))?.[0].replace(/^[.'%+-]+/, "");
  if (!local || local.includes("..") || local.endsWith(".") || /^www\./i.test(local)) return { next: at + 1 };
  let from = at - local.length;
  const before = [...text.slice(Math.max(done, from - 2), from)].pop() ?? " ";
  const isInAddress = before === ":" && /\/\/[^\s/]*$/.test(text.slice(Math.max(0, from - MAX_HOST), from));
  if ("@/_".includes(before) || /[\p{Ll}\p{Lu}\p{N}]/u.test(before) || isInAddress) return { next: at + 1 };
  const host = hostEnd(text, at + 1);
  if (!host) return { next: at + 1 };
  const domain = text.slice(at + 1, host);
  if (domain.length > MAX_HOST || !FULL_NAME.test(domain) || text[host] === "@") return { next: host };
  const url = address(`http://${domain}`);
  if (!url) return { next: host };
  if (text.slice(Math.max(done, from - SCHEME.length), from).toLowerCase() === SCHEME) from -= SCHEME.length;
  return { link: { from, href: SCHEME + encodeURI(`${local}@${domain}`), written: domain, host: url.hostname }, next: host };
}

const lead = ({ href, written, host }: Link, isUnsure: boolean): { href: string; host?: string } =>
  isUnsure || host !== written.toLowerCase() ? { href, host } : { href };

/** Return the end of the host that begins at `at`; null if there is none. */
function hostEnd(text: string, at: number): number | null {
  const bracketed = end(BRACKETED, text, at);
  if (bracketed) return bracketed;
  HOST.lastIndex = at;
  const labels = (HOST.exec(text)?.[0] ?? "").split(".");
  const empty = labels.indexOf("");
  if (empty >= 0) labels.length = empty;
  // "example.org下": a word that follows without a blank is in another script than the name
  const last = labels.at(-1);
  if (last && LATIN.test(last.charAt(0))) labels.splice(-1, 1, latinPart(last));
  const host = labels.join(".").replace(/[_-]+$/, "");
  return /[\p{L}\p{N}]/u.test(host) ? at + host.length : null;
}

function latinPart(label: string): string {
  let length = 0;
  for (const character of label) {
    if (!LATIN.test(character)) break;
    length += character.length;
  }
  return label.slice(0, length);
}

/** Return the end of the path, query and fragment that begin at `at`. A closing bracket that was not opened inside ends them. */
function pathEnd(text: string, from: number): number {
  const open = new Map([...CLOSING.values()].map((bracket) => [bracket, 0]));
  let at = from;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const opened = open.get(character);
    const opening = CLOSING.get(character);
    if (opened !== undefined) open.set(character, opened + 1);
    else if (opening) {
      const left = (open.get(opening) ?? 0) - 1;
      if (left < 0) break;
      open.set(opening, left);
    } else if (character < "\x80" ? ASCII_ENDS.test(character) : ENDS.test(character) && !INSIDE.test(character)) break;
    else if (",;|".includes(character) && end(NEXT_ADDRESS, text, at)) break;
    at += character.length;
  }
  return at;
}

/** The address as the browser reads it; null if it is not one of the web. */
function address(written: string): URL | null {
  try {
    const url = new URL(written);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : null;
  } catch {
    return null; // such as a port above 65535
  }
}

/** Return the end of a sticky pattern that is tried at `at`; null if it does not match there. */
function end(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}
