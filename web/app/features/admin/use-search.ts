/** Text of a search in the address of the view, so that links and Back bring it. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { go, route } from "../../core/router";

const TYPING = 250;

interface Search {
  text: Signal<string>;
  /** Load the results now, without waiting for more letters. */
  submit: () => void;
}

/** The search of a list in this view; `load()` loads its results when the text or `changes` is another one. */
export function useSearch(load: () => void, changes: number): Search {
  const inAddress: string = route.value.query.get("search") ?? "";
  const text = useSignal(inAddress);
  const stored = useRef(inAddress);
  const isFirst = useRef(true);
  useEffect(() => {
    if (inAddress !== stored.current) text.value = stored.current = inAddress; // a link or Back
  }, [inAddress]);
  const submit = () => {
    storeInAddress((stored.current = text.peek()));
    load();
  };
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false; // the list loads its first results by itself
      return;
    }
    const timer = setTimeout(submit, TYPING);
    return () => clearTimeout(timer);
  }, [text.value, changes]);
  return { text, submit };
}

function storeInAddress(text: string): void {
  const { path, query } = route.peek();
  if ((query.get("search") ?? "") === text) return;
  go(text ? `${path}?search=${encodeURIComponent(text)}` : path, { replace: true });
}
