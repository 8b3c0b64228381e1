/** Long lists that are one stop of the Tab key: arrow keys, Home, End and first letters move the focus in them. */

import { useCallback, useRef } from "preact/hooks";
import { searchKey } from "../core/search-key";

/**
 * A ref for the element that holds the list.
 *
 * @param items selector of the elements in it that take the focus.
 * @param from with fewer elements, each one stays a stop of the Tab key.
 */
export function useRovingFocus(items: string, from = 2): (list: HTMLElement | null) => void {
  const end = useRef<(() => void) | null>(null);
  return useCallback((list: HTMLElement | null) => {
    end.current?.();
    end.current = list && startRovingFocus(list, items, from);
  }, []);
}

function startRovingFocus(list: HTMLElement, selector: string, from: number): () => void {
  let stop: HTMLElement | undefined;
  const all = () => [...list.querySelectorAll<HTMLElement>(selector)];
  const isItem = (target: EventTarget | null): target is HTMLElement =>
    target instanceof HTMLElement && target.matches(selector);
  const update = () => {
    const items = all();
    const isOneStop = items.length >= from;
    if (!stop || !items.includes(stop)) stop = items.find((item) => item.hasAttribute("aria-current")) ?? items[0];
    for (const item of items) {
      const index = isOneStop && item !== stop ? "-1" : "0";
      if (item.getAttribute("tabindex") !== index) item.setAttribute("tabindex", index);
    }
    list.toggleAttribute("data-one-stop", isOneStop);
  };
  const onFocus = ({ target }: FocusEvent) => {
    if (!isItem(target)) return;
    stop = target;
    update();
  };
  const onKey = (event: KeyboardEvent) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !isItem(target)) return;
    const items = all();
    const next = items.length >= from ? reached(items, items.indexOf(target), key) : undefined;
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const observer = new MutationObserver(update);
  observer.observe(list, { childList: true, subtree: true });
  list.addEventListener("focusin", onFocus);
  list.addEventListener("keydown", onKey);
  update();
  return () => {
    observer.disconnect();
    list.removeEventListener("focusin", onFocus);
    list.removeEventListener("keydown", onKey);
  };
}

function reached(items: readonly HTMLElement[], index: number, key: string): HTMLElement | undefined {
  switch (key) {
    case "ArrowRight":
      return items[index + forward()];
    case "ArrowLeft":
      return items[index - forward()];
    case "ArrowDown":
      return nearestInLine(items, index, 1);
    case "ArrowUp":
      return nearestInLine(items, index, -1);
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default:
      return key.length === 1 && key !== " " ? beginningWith(items, index, searchKey(key)) : undefined;
  }
}

/** In languages that are written from right to left, the next item is on the left. */
const forward = () => (document.documentElement.dir === "rtl" ? -1 : 1);

/** Lists may have several columns: the nearest item of the nearest line. */
function nearestInLine(items: readonly HTMLElement[], index: number, direction: 1 | -1): HTMLElement | undefined {
  const here = items[index]?.getBoundingClientRect();
  if (!here) return undefined;
  let best: { item: HTMLElement; distance: number; offset: number } | undefined;
  for (const item of items) {
    const box = item.getBoundingClientRect();
    const distance = direction > 0 ? box.top - here.bottom : here.top - box.bottom;
    if (distance < -1) continue;
    const offset = Math.abs(box.left - here.left);
    const isNearer = !best || distance < best.distance - 1 || (distance < best.distance + 1 && offset < best.offset);
    if (isNearer) best = { item, distance, offset };
  }
  return best?.item;
}

const beginningWith = (items: readonly HTMLElement[], index: number, letter: string): HTMLElement | undefined =>
  [...items.slice(index + 1), ...items.slice(0, index)].find((item) =>
    searchKey((item.textContent ?? "").trim()).startsWith(letter),
  );
