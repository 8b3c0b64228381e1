/** Routing: the view that the address names, and moving between views without loading the page again. */

import { type Signal, signal } from "@preact/signals";
import { withBase, withoutBase } from "./base";
import { enterEntry, entryId, readEntryId } from "./history-entry";
import { belowLayers } from "./layers";

/** Views by the path of their address; a group is the id of a room. */
const PATTERNS = [
  ["welcome", /^\/$/],
  ["sign-in", /^\/sign-in$/],
  ["sign-up", /^\/sign-up$/],
  ["dashboard", /^\/dashboard$/],
  ["rooms", /^\/rooms$/],
  ["new-room", /^\/rooms\/new$/],
  ["room", /^\/rooms\/([0-9a-zA-Z-]+)$/],
  ["room-settings", /^\/rooms\/([0-9a-zA-Z-]+)\/settings$/],
  ["moderation", /^\/rooms\/([0-9a-zA-Z-]+)\/moderation$/],
  ["tasks", /^\/tasks$/],
  ["account", /^\/account$/],
  ["progress", /^\/progress$/],
  ["forgot", /^\/forgot$/],
  ["join", /^\/join$/],
  ["admin", /^\/admin(?:\/(users|rooms|reports|invitations|announcements))?$/],
  ["first-admin", /^\/first-admin$/],
  ["verify", /^\/verify$/],
] as const;

/** Views whose links have a secret. It is in the fragment, which browsers do not send; in older links it is in the path. */
const SECRET = /^\/(invite|join|reset|first-admin|verify)[/#]([\w-]+)\/?$/;

type SecretView = "invite" | "join" | "reset" | "first-admin" | "verify";
/** Name of a view; "nowhere" for an unknown address. */
export type ViewName = (typeof PATTERNS)[number][0] | SecretView | "nowhere";

/** Views of one room, whose id is in the address. */
export const ROOM_VIEWS: readonly ViewName[] = ["room", "room-settings", "moderation"];

/** A view with its parameters. `id` is that of a room, or the secret of a link; `path` has no base path. */
export interface Route {
  readonly name: ViewName;
  readonly id: string | null;
  readonly query: URLSearchParams;
  readonly path: string;
}

interface Address {
  readonly search: string;
  readonly hash: string;
}

const hidden = (path: string): string => path.replace(SECRET, "/$1#$2");

const read = (pathname: string, { search, hash }: Address): Route =>
  match(
    SECRET.test(pathname) ? pathname : pathname + hash,
    new URLSearchParams(hash.startsWith("#next=") ? hash.slice(1) : search),
  );

/** The route of an address below the base path. */
export function routeOf(to: string): Route {
  const url = new URL(to, location.origin);
  return read(url.pathname, url);
}

/** Read the current address, and move a secret in it into the fragment at once. */
function here(): Route {
  const found = read(withoutBase(location.pathname) ?? location.pathname, location);
  const url = new URL(location.href);
  const suffix = nextSuffix(found.query.get("next"));
  if (SECRET.test(found.path)) [url.pathname = "", url.hash = ""] = withBase(found.path).split("#");
  else if (suffix.startsWith("#")) [url.search, url.hash] = ["", suffix];
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  return found;
}

/** The route of the view on the page. */
export const route: Signal<Route> = signal(match("/"));

/** The route of a path with its fragment. */
export function match(address: string, query = new URLSearchParams()): Route {
  const [, view, secret] = SECRET.exec(address) ?? [];
  if (view) return { name: view as SecretView, id: secret ?? null, query, path: hidden(address) };
  const path = address.replace(/#.*/, "");
  for (const [name, pattern] of PATTERNS) {
    const found = pattern.exec(path.replace(/(.)\/$/, "$1"));
    if (found) return { name, id: found[1] ?? null, query, path };
  }
  return { name: "nowhere", id: null, query, path };
}

/** Go to a path of the page; `replace` leaves no entry in the history. Another query of the same path stays in its entry. */
export function go(to: string, { replace = false } = {}): void {
  const found = routeOf(to);
  const entry = enterEntry(replace && found.path === route.peek().path ? entryId.peek() : undefined);
  belowLayers(() => history[replace ? "replaceState" : "pushState"]({ entry }, "", withBase(hidden(to))));
  route.value = found; // at once, also if a dialog has to leave the history before
}

/** True if an address is that of a view, which opens in the same tab. */
export function isOwn(address: string): boolean {
  const { origin, pathname, hash } = new URL(address, location.href);
  const path = withoutBase(pathname);
  return origin === location.origin && path !== null && match(path + hash).name !== "nowhere";
}

/** Path to go to after signing in: the `next` of the address if it is that of a view, else the home view. */
export function nextPath(): string {
  const wanted = route.value.query.get("next");
  return (wanted && ownPath(wanted)) || "/dashboard";
}

// "/\t/x.example" and "/.//x.example" begin like paths of the page, and are none
function ownPath(address: string): string | null {
  try {
    const url = new URL(address, location.origin);
    const isOurs = url.origin === location.origin && read(url.pathname, url).name !== "nowhere";
    return isOurs ? url.pathname + url.search + url.hash : null;
  } catch {
    return null;
  }
}

/** Suffix of a link to sign in or up that leads a guest back afterwards: to an invitation, or to `next`. */
export function signInSuffix(): string {
  const { name, path, query } = route.value;
  return nextSuffix(name === "invite" ? path : query.get("next"));
}

function nextSuffix(wanted: string | null): string {
  if (!wanted) return "";
  const path = hidden(wanted);
  return `${path.includes("#") ? "#" : "?"}next=${encodeURIComponent(path)}`;
}

function readAgain(): void {
  readEntryId();
  const { path, query } = route.peek();
  const now = here();
  if (now.path !== path || `${now.query}` !== `${query}`) route.value = now; // else only a dialog was opened or closed
}

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  if (!link || link.target || !isOwn(link.href) || link.hasAttribute("download")) return;
  if (link.hash && link.pathname === location.pathname) return; // a place in this view
  event.preventDefault();
  go(withoutBase(link.pathname) + link.search + link.hash);
}

/** Start to follow the address and links to views. */
export function startRouter(): void {
  route.value = here();
  addEventListener("popstate", readAgain);
  addEventListener("click", followLink);
}
