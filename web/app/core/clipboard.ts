/** The clipboard. */

import { withTimeout } from "./timeout";

const TIMEOUT = 2_000;

/** Copy text to the clipboard; returns whether it was copied. Without https or permission, the text is selected and copied. */
export async function copy(text: string): Promise<boolean> {
  try {
    if (
      await withTimeout(
        TIMEOUT,
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
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
