/** The search of a list of the administration. */

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PagedRows } from "../../ui/paged-list";
import { TYPING_DELAY, useSearchText } from "../../ui/search-text";

interface Search {
  text: Signal<string>;
  /** Load the results now, without waiting for more letters. */
  submit: () => void;
}

/** The search of a list in this view: its results are loaded when the text or `changes` is another one. */
export function useSearch({ load, restart }: Pick<PagedRows<unknown>, "load" | "restart">, changes: number): Search {
  const { text, store } = useSearchText();
  const loaded = useRef(text.peek());
  const isFirst = useRef(true);
  const submit = () => {
    store();
    const isOther = text.peek() !== loaded.current;
    loaded.current = text.peek();
    void (isOther ? restart() : load());
  };
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false; // the list loads its first results by itself
      return;
    }
    const timer = setTimeout(submit, TYPING_DELAY);
    return () => clearTimeout(timer);
  }, [text.value, changes]);
  return { text, submit };
}
