// @ts-nocheck
/** Text of several lines by people. */

import { signal } from "@preact/signals";
import { on } from "../core/connection";

const LONGEST = 600;
const ROW = " ".repeat(30);

const long = signal(null);
/** Start to load what folds long texts when there is a connection. */
export function startUserText() {
  on(
    "connect",
    () =>
      long.peek() ??
      import("./folded-text").then(
        ({ FoldedText }) => (long.value = FoldedText),
        () => {},
      ),
  );
}

/** True if a text may take more than 20 rows on a small screen, with room for wide letters. */
const isLong = (text) => text.replace(/\n/g, ROW).replace(/[^ -~]/g, "    ").length > LONGEST;

/** A paragraph of `text`, shown as `children` if there are any. */
export const UserText = ({ text, class: kind = "", children = text }) =>
  long.value && isLong(text) ? (
    <long.value class={kind}>{children}</long.value>
  ) : (
    <p class={`words ${kind}`} dir="auto">
      {children}
    </p>
  );
