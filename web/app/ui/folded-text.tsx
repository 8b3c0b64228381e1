/** Long text by users: it is folded, so that it takes no space from the text of others, until a button unfolds it. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../core/words";
import type { ParagraphProps } from "./user-text";

export function FoldedText({ class: kind = "", children }: ParagraphProps) {
  const paragraph = useRef<HTMLParagraphElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const isCut = useSignal(false);
  const isUnfolded = useSignal(false);
  useLayoutEffect(() => {
    const element = paragraph.current;
    if (!element) return;
    const measure = () => {
      if (!isUnfolded.peek()) isCut.value = element.scrollHeight > element.clientHeight + 1;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (isUnfolded.value || !isCut.peek() || !paragraph.current) return;
    paragraph.current.scrollTop = 0;
    button.current?.scrollIntoView({ block: "nearest" });
  }, [isUnfolded.value]);
  const toggle = () => {
    isUnfolded.value = !isUnfolded.value;
  };
  return (
    <div class="long">
      <p ref={paragraph} class={`words ${kind} ${isUnfolded.value ? "" : "folded"}`} dir="auto">
        {children}
      </p>
      {isCut.value && (
        <button ref={button} type="button" class="button" aria-expanded={isUnfolded.value} onClick={toggle}>
          {t(isUnfolded.value ? "ui.showLess" : "ui.showAll")}
        </button>
      )}
    </div>
  );
}
