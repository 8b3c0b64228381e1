/** Position on the page: Back and Forward restore the scroll position of a view, and the focus on the link that was followed. */

import { useEffect } from "preact/hooks";
import { beforeLeaving, entryId, readEntry, writeEntry } from "../core/history-entry";

/** Milliseconds in which a view loads its content; afterwards the page does not move by itself. */
const LOADING_TIMEOUT = 5_000;
const USER_EVENTS = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

interface Position {
  readonly top: number;
  /** The link that was followed, or null. */
  readonly link: Link | null;
}

/** A link by its address; `after` is the number of later links with the same address. */
interface Link {
  readonly href: string;
  readonly after: number;
}

const linksTo = (href: string): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>("main a[href]")].filter((link) => link.getAttribute("href") === href).reverse();

function focusedLink(): Link | null {
  const focused = document.activeElement;
  const href = focused instanceof HTMLElement && focused.getAttribute("href");
  const after = href ? linksTo(href).indexOf(focused) : -1;
  return href && after >= 0 ? { href, after } : null;
}

const position = (): Position => ({ top: Math.round(scrollY), link: focusedLink() });

const isPosition = (value: unknown): value is Position => typeof value === "object" && value !== null && "top" in value;

/**
 * Restore the position of the current entry; a new visit begins at the top.
 *
 * @param isFixed true for a view that does not scroll with the page.
 */
export function useViewPosition(isFixed: boolean): void {
  const entry = entryId.value;
  useEffect(() => beforeLeaving(() => writeEntry("position", position())), []);
  useEffect(() => {
    const stored = readEntry("position");
    if (isPosition(stored)) return restore(stored);
    if (!isFixed) scrollTo(0, 0);
    return undefined;
  }, [entry]);
}

/** Restore a position as the content of the view is loaded, until the user does something. Returns a function that ends it. */
function restore({ top, link }: Position): () => void {
  let isFocused = link === null;
  const attempt = () => {
    if (Math.abs(scrollY - top) > 1) scrollTo(0, top);
    isFocused ||= focusLink(link);
  };
  const observer = new MutationObserver(attempt);
  const end = () => {
    clearTimeout(timer);
    observer.disconnect();
    for (const type of USER_EVENTS) removeEventListener(type, end, true);
  };
  const timer = setTimeout(end, LOADING_TIMEOUT);
  for (const type of USER_EVENTS) addEventListener(type, end, { capture: true, passive: true });
  observer.observe(document.body, { childList: true, subtree: true });
  attempt();
  return end;
}

/** Focus the link, unless another control than the heading of the view has the focus. Returns true if it has the focus. */
function focusLink(link: Link | null): boolean {
  const focused = document.activeElement;
  if (focused && !focused.matches("body, main, h1")) return true;
  const found = link ? linksTo(link.href)[link.after] : undefined;
  found?.focus({ preventScroll: true });
  return found !== undefined;
}
