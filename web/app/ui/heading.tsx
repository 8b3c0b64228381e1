// @ts-nocheck
/** Headings of views. */

import { useEffect, useRef } from "preact/hooks";
import { pageTitle } from "../core/title";

let isFirstView = true;

/** The one h1 of a view. It takes the focus when the view follows another one, so that a screen reader begins there. */
export function Heading({ title, children, class: kind = "" }) {
  const at = useRef();
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  useEffect(() => {
    if (!isFirstView && !document.querySelector("dialog[open]")) at.current.focus({ preventScroll: true });
    isFirstView = false;
  }, []);
  return (
    <h1 ref={at} tabindex="-1" class={kind} dir="auto">
      {children ?? title}
    </h1>
  );
}
