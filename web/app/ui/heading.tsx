/** Headings of views. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { pageTitle } from "../core/title";

let isFirstView = true;

interface HeadingProps {
  /** Title of the document, and of the view if there are no children. */
  title: string;
  class?: string;
  children?: ComponentChildren;
}

/** The only h1 of a view. It takes the focus when the view follows another one: a screen reader begins there. */
export function Heading({ title, class: kind = "", children }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  useEffect(() => {
    if (!isFirstView && !document.querySelector("dialog[open]")) heading.current?.focus({ preventScroll: true });
    isFirstView = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={kind} dir="auto">
      {children ?? title}
    </h1>
  );
}
