// @ts-nocheck
/** Long lists that are one stop of the Tab key: in them the arrow keys, Home, End and the first letter move the focus. */

import { useCallback, useRef } from "preact/hooks";
import { searchKey } from "../core/search-key";

/**
 * A ref for the element that holds the list.
 *
 * `items` is a selector of what takes the focus in it. With fewer than `from` of them, each stays a stop of the Tab key.
 */
export function useRovingFocus(items, from = 2) {
  const end = useRef(null);
  return useCallback((list) => {
    end.current?.();
    end.current = list && oneStop(list, items, from);
  }, []);
}

function oneStop(list, selector, from) {
  let stop = null;
  const all = () => [...list.querySelectorAll(selector)];
  const settle = () => {
    const items = all();
    const isOne = items.length >= from;
    if (!items.includes(stop)) stop = items.find((item) => item.hasAttribute("aria-current")) ?? items[0];
    for (const item of items) {
      const index = isOne && item !== stop ? "-1" : "0";
      if (item.getAttribute("tabindex") !== index) item.setAttribute("tabindex", index);
    }
    list.toggleAttribute("data-one-stop", isOne);
  };
  const focused = ({ target }) => {
    if (!target.matches(selector)) return;
    stop = target;
    settle();
  };
  const pressed = (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !target.matches(selector)) return;
    const items = all();
    const next = items.length >= from && reached(items, items.indexOf(target), key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const watch = new MutationObserver(settle);
  watch.observe(list, { childList: true, subtree: true });
  list.addEventListener("focusin", focused);
  list.addEventListener("keydown", pressed);
  settle();
  return () => {
    watch.disconnect();
    list.removeEventListener("focusin", focused);
    list.removeEventListener("keydown", pressed);
  };
}

function reached(items, at, key) {
  switch (key) {
    case "ArrowRight":
      return items[at + 1];
    case "ArrowLeft":
      return items[at - 1];
    case "ArrowDown":
      return beside(items, at, 1);
    case "ArrowUp":
      return beside(items, at, -1);
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default:
      return key.length === 1 && key !== " " ? beginningWith(items, at, searchKey(key)) : undefined;
  }
}

// Lists may have several columns: the nearest item of the nearest line.
function beside(items, at, direction) {
  const here = items[at].getBoundingClientRect();
  let best;
  for (const item of items) {
    const box = item.getBoundingClientRect();
    const far = direction > 0 ? box.top - here.bottom : here.top - box.bottom;
    if (far < -1) continue;
    const aside = Math.abs(box.left - here.left);
    if (!best || far < best.far - 1 || (far < best.far + 1 && aside < best.aside)) best = { item, far, aside };
  }
  return best?.item;
}

const beginningWith = (items, at, letter) =>
  [...items.slice(at + 1), ...items.slice(0, at)].find((item) => searchKey(item.textContent.trim()).startsWith(letter));
