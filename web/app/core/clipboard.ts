// @ts-nocheck
import { within } from "./timeout";

const WITHIN = 2_000;

/** Copy text to the clipboard; returns whether it is there. Without https, or if the browser denies it, by selecting it. */
export async function copy(text) {
  try {
    if (
      await within(
        WITHIN,
        navigator.clipboard.writeText(text).then(() => true),
        false,
      )
    )
      return true;
  } catch {
    // the older way needs no permission
  }
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  (before?.closest("dialog") ?? document.body).append(field); // below a dialog nothing can be selected
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return isCopied;
}
