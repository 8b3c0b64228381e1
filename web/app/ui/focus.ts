// @ts-nocheck
/**
 * Focus after an action that removes its own control: it moves to the nearest thing around that is left. On <body> a
 * keyboard would begin again at the top of the page, and a screen reader would say nothing.
 */

const A_VIEW_COMES = 120;
const FOCUSABLE = "[tabindex]";
const NAMED = "section, aside, dialog, main";
let trail = [];
let timer = 0;

const isUsable = (element) => element.isConnected && !element.matches(":disabled");
const isLost = () => trail.length > 0 && (document.activeElement ?? document.body) === document.body && !isUsable(trail[0]);

function check() {
  if (!isLost()) return;
  const place = placeFor(trail.filter(isUsable));
  if (place) return void place.focus({ preventScroll: true });
  clearTimeout(timer);
  timer = setTimeout(() => isLost() && heading(document)?.focus({ preventScroll: true }), A_VIEW_COMES); // a new view has a heading of its own
}

function placeFor(around) {
  const modal = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (modal && !around.includes(modal)) return heading(modal);
  for (const element of around) {
    if (element.matches("main")) return null;
    if (element.matches(FOCUSABLE)) return element;
    if (element.matches(NAMED) && heading(element)) return heading(element);
  }
  return heading(document);
}

function heading(within) {
  const found = within.querySelector("h1") ?? within.querySelector("h2, h3") ?? document.getElementById("main");
  if (found && !found.matches(FOCUSABLE)) found.tabIndex = -1;
  return found;
}

function trace({ target }) {
  trail = [];
  for (let at = target; at && at !== document.body; at = at.parentElement) trail.push(at);
}

function leave({ target }) {
  queueMicrotask(() => {
    const isLeft = isUsable(target) && document.activeElement === document.body; // a press on nothing: that is no loss
    if (isLeft) trail = [];
  });
}

/** Start to follow the focus. */
export function startFocus() {
  addEventListener("focusin", trace);
  addEventListener("focusout", leave);
  new MutationObserver(check).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["disabled", "hidden"],
  });
}
