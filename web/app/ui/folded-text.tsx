// @ts-nocheck
/** Long text by people: it stands folded, so that it takes no room from what others write, until it is unfolded. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export function FoldedText({ class: kind = "", children }) {
  const at = useRef();
  const button = useRef();
  const isCut = useSignal(false);
  const isWhole = useSignal(false);
  useLayoutEffect(() => {
    const look = () => isWhole.peek() || (isCut.value = at.current.scrollHeight > at.current.clientHeight + 1);
    const watch = new ResizeObserver(look);
    watch.observe(at.current);
    look();
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (isWhole.value || !isCut.peek()) return;
    at.current.scrollTop = 0;
    button.current?.scrollIntoView({ block: "nearest" });
  }, [isWhole.value]);
  return (
    <div class="long">
      <p ref={at} class={`words ${kind} ${isWhole.value ? "" : "folded"}`} dir="auto">
        {children}
      </p>
      {isCut.value && (
        <button
          ref={button}
          type="button"
          class="button plain"
          aria-expanded={isWhole.value}
          onClick={() => (isWhole.value = !isWhole.value)}
        >
          {isWhole.value ? "Show less" : "Show all"}
        </button>
      )}
    </div>
  );
}
