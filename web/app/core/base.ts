/** Base path of the page: "/study" if a proxy serves it below a path of its host, else "". */

const module = new URL(import.meta.url);

// the bundle that has this module is <base>/assets/<name>.js
export const base = module.protocol.startsWith("http") ? new URL("..", module).pathname.replace(/\/$/, "") : "";

/** The address of a path of the page: "/rooms" → "/study/rooms". Anything else stays as it is. */
export const withBase = (path: string): string => (/^\/(?![/\\])/.test(path) ? base + path : path);

/** The path of the page that an address of this host has, or null: "/study/rooms" → "/rooms", "/wiki" → null. */
export function withoutBase(pathname: string): string | null {
  if (pathname === base) return "/";
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : null;
}
