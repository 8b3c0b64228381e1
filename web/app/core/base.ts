// @ts-nocheck
/** The path of the page: "/study" if the server is found below a path of its host, "" if not. */

const here = new URL(import.meta.url);

// the bundle that has this module is <base>/assets/<name>.js
export const base = here.protocol.startsWith("http") ? new URL("..", here).pathname.replace(/\/$/, "") : "";

/** The address of a path of ours: "/rooms" → "/study/rooms". Whatever is no path stays as it is. */
export const placed = (path) => (/^\/(?![/\\])/.test(path) ? base + path : path);

/** The path of ours that an address of this host names, or null: "/study/rooms" → "/rooms", "/wiki" → null. */
export function unplaced(pathname) {
  if (pathname === base) return "/";
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : null;
}
