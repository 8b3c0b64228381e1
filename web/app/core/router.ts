// @ts-nocheck
/** Which view the address names, and moving between them without loading the page again. */

import { signal } from "@preact/signals";
import { placed, unplaced } from "./base";
import { beneath } from "./layers";

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
  ["account", /^\/account$/],
  ["forgot", /^\/forgot$/],
  ["join", /^\/join$/],
  ["admin", /^\/admin(?:\/(users|rooms|reports|invitations|announcements))?$/],
  ["first-admin", /^\/first-admin$/],
  ["verify", /^\/verify$/],
];

/** Views whose links hold a secret. It stands behind "#", which browsers do not send; in older links it is in the path. */
const SECRET = /^\/(invite|join|reset|first-admin|verify)[/#]([\w-]+)\/?$/;
const hidden = (path) => path.replace(SECRET, "/$1#$2");

const read = (pathname, { search, hash }) =>
  match(
    SECRET.test(pathname) ? pathname : pathname + hash,
    new URLSearchParams(hash.startsWith("#next=") ? hash.slice(1) : search),
  );

/** The view of an address below the base path. */
export function place(to) {
  const url = new URL(to, location.origin);
  return read(url.pathname, url);
}

/** Read the address, and move a secret in it behind "#" at once. */
function here() {
  const found = read(unplaced(location.pathname) ?? location.pathname, location);
  const url = new URL(location);
  const onward = onwardTo(found.query.get("next"));
  if (SECRET.test(found.path)) [url.pathname, url.hash] = placed(found.path).split("#");
  else if (onward.startsWith("#")) [url.search, url.hash] = ["", onward];
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  return found;
}

/** `{name, id, query, path}` of the view that is shown. */
export const route = signal(here());

export function match(address, query = new URLSearchParams()) {
  const [, secretive, secret] = SECRET.exec(address) ?? [];
  if (secretive) return { name: secretive, id: secret, query, path: hidden(address) };
  const path = address.replace(/#.*/, "");
  for (const [name, pattern] of PATTERNS) {
    const found = pattern.exec(path.replace(/(.)\/$/, "$1"));
    if (found) return { name, id: found[1] ?? null, query, path };
  }
  return { name: "nowhere", id: null, query, path };
}

export function go(to, { replace = false } = {}) {
  beneath(() => history[replace ? "replaceState" : "pushState"](null, "", placed(hidden(to))));
  route.value = place(to); // at once, also where a dialog has to leave the history before
}

/** True if an address is one of the page's own views, which open in the same tab. */
export const isOwn = (address) => {
  const { origin, pathname, hash } = new URL(address, location.href);
  const path = unplaced(pathname);
  return origin === location.origin && path !== null && match(path + hash).name !== "nowhere";
};

/** Address to go to after signing in: a view of our own, as the browser reads the address; the desk for any other. */
export const next = () => ownPath(route.value.query.get("next") ?? "") ?? "/dashboard";

// "/\t/x.example" and "/.//x.example" begin like paths of ours, and are none
function ownPath(address) {
  try {
    const url = new URL(address, location.origin);
    const isOurs = url.origin === location.origin && read(url.pathname, url).name !== "nowhere";
    return isOurs ? url.pathname + url.search + url.hash : null;
  } catch {
    return null;
  }
}

/** The end of a link that leads a guest from the forms of the door to where they wanted: to an invitation, or to `next`. */
export function onward() {
  const { name, path, query } = route.value;
  return onwardTo(name === "invite" ? path : query.get("next"));
}

function onwardTo(wanted) {
  if (!wanted) return "";
  const path = hidden(wanted);
  return `${path.includes("#") ? "#" : "?"}next=${encodeURIComponent(path)}`;
}

addEventListener("popstate", () => {
  const { path, query } = route.peek();
  const now = here();
  if (now.path !== path || `${now.query}` !== `${query}`) route.value = now; // else only a dialog was opened or closed
});

addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || !isOwn(link.href) || link.hasAttribute("download")) return;
  if (link.hash && link.pathname === location.pathname) return; // a place in this view
  event.preventDefault();
  go(unplaced(link.pathname) + link.search + link.hash);
});
