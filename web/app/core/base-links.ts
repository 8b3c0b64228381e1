/** Addresses of links in a page that is served below a path of its host. */

import { options } from "preact";
import { base, withBase } from "./base";

/**
 * Add the page's own path to the `href` of every link: "/rooms" → "/study/rooms". Components name paths of the page; what the
 * browser opens, copies and shows is the whole one.
 */
export function startBaseLinks(): void {
  if (!base) return;
  const next = options.vnode;
  options.vnode = (vnode) => {
    const props = vnode.props as { href?: unknown };
    if (vnode.type === "a" && typeof props.href === "string") props.href = withBase(props.href);
    next?.(vnode);
  };
}
