/**
 * Focus after an action that removes its own control: it moves to the nearest element around that is left. On <body> a
 * keyboard would begin again at the top of the page, and a screen reader would read nothing.
 */

/** Milliseconds until a new view has its heading. */
const VIEW_DELAY = 120;
const FOCUSABLE = "[tabindex]";

/** The element with the focus and those around it, the innermost first. */
let trail: Element[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

const isUsable = (element: Element): boolean => element.isConnected && !element.matches(":disabled");

function isLost(): boolean {
  const [focused] = trail;
  return focused !== undefined && (document.activeElement ?? document.body) === document.body && !isUsable(focused);
}

const focus = (element: HTMLElement | null): void => element?.focus({ preventScroll: true });

function check(): void {
  if (!isLost()) return;
  const place = placeFor(trail.filter(isUsable));
  if (place) return focus(place);
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (isLost()) focus(heading(document));
  }, VIEW_DELAY);
}

/** The element to focus; null if the view is another one, which has a heading of its own. */
function placeFor(around: readonly Element[]): HTMLElement | null {
  const modal = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (modal && !around.includes(modal)) return heading(modal);
  for (const element of around) {
    if (element.matches("main")) return null;
    if (element instanceof HTMLElement && element.matches(FOCUSABLE)) return element;
    const title = element.matches("section, aside, dialog, main") ? heading(element) : null;
    if (title) return title;
  }
  return heading(document);
}

function heading(within: ParentNode): HTMLElement | null {
  const found =
    within.querySelector<HTMLElement>("h1") ?? within.querySelector<HTMLElement>("h2, h3") ?? document.getElementById("main");
  if (found && !found.matches(FOCUSABLE)) found.tabIndex = -1;
  return found;
}

function trace({ target }: FocusEvent): void {
  trail = [];
  for (let at = target instanceof Element ? target : null; at && at !== document.body; at = at.parentElement) trail.push(at);
}

function leave({ target }: FocusEvent): void {
  queueMicrotask(() => {
    // a press beside all controls is no loss
    if (target instanceof Element && isUsable(target) && document.activeElement === document.body) trail = [];
  });
}

/** Start to follow the focus. */
export function startFocus(): void {
  addEventListener("focusin", trace);
  addEventListener("focusout", leave);
  new MutationObserver(check).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["disabled", "hidden"],
  });
}
