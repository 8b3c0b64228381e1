/** Text of a search in the address of its view, so that links, Back and reloads bring it. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { go, route } from "../core/router";

/** Milliseconds after the last letter until a search begins. */
export const TYPING_DELAY = 250;

interface SearchText {
  text: Signal<string>;
  /** Store the text in the address now, without waiting for more letters. */
  store: () => void;
}

/** The text of the search in this view, which has one. A moment after the last letter it stands in the address. */
export function useSearchText(): SearchText {
  const inAddress = route.value.query.get("search") ?? "";
  const text = useSignal(inAddress);
  const stored = useRef(inAddress);
  useEffect(() => {
    if (inAddress !== stored.current) text.value = stored.current = inAddress; // a link or Back
  }, [inAddress]);
  const store = () => storeInAddress((stored.current = text.peek()));
  useEffect(() => {
    const timer = setTimeout(store, TYPING_DELAY);
    return () => clearTimeout(timer);
  }, [text.value]);
  return { text, store };
}

function storeInAddress(text: string): void {
  const { path, query } = route.peek();
  if ((query.get("search") ?? "") === text) return;
  go(text ? `${path}?search=${encodeURIComponent(text)}` : path, { replace: true });
}
