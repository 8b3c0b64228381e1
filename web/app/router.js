/** Which view the address names, and moving between them without loading the page again. */

import { signal } from "@preact/signals";
import { placed, unplaced } from "./base.js";
import { beneath } from "./layers.js";

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
  ["invite", /^\/invite\/([\w-]+)$/],
  ["account", /^\/account$/],
  ["forgot", /^\/forgot$/],
  ["reset", /^\/reset\/([\w-]+)$/],
  ["admin", /^\/admin$/],
  ["first-admin", /^\/first-admin$/],
];

const here = () => match(unplaced(location.pathname) ?? location.pathname, new URLSearchParams(location.search));

/** `{name, id, query, path}` of the view that is shown. */
export const route = signal(here());

export function match(path, query = new URLSearchParams()) {
  for (const [name, pattern] of PATTERNS) {
    const found = pattern.exec(path.replace(/(.)\/$/, "$1"));
    if (found) return { name, id: found[1] ?? null, query, path };
  }
  return { name: "nowhere", id: null, query, path };
}

export function go(to, { replace = false } = {}) {
  const { pathname, searchParams } = new URL(to, location.origin);
  beneath(() => history[replace ? "replaceState" : "pushState"](null, "", placed(to)));
  route.value = match(pathname, searchParams); // at once, also where a dialog has to leave the history before
}

/** True if an address is one of the page's own views, which open in the same tab. */
export const isOwn = (address) => {
  const { origin, pathname } = new URL(address, location.href);
  const path = unplaced(pathname);
  return origin === location.origin && path !== null && match(path).name !== "nowhere";
};

/** Where to go after signing in: only to a place of our own. */
export function next() {
  const wanted = route.value.query.get("next") ?? "";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/dashboard";
}

/** The query that leads a guest from the forms of the door to where they wanted: to an invitation, or to `next`. */
export function onward() {
  const { name, path, query } = route.value;
  const wanted = name === "invite" ? path : query.get("next");
  return wanted ? `?next=${encodeURIComponent(wanted)}` : "";
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
  go(unplaced(link.pathname) + link.search);
});
