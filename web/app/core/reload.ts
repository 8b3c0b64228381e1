/** Reloads of the page. */

import { signal } from "@preact/signals";
import { withTimeout } from "./timeout";

const TIMEOUT = 8_000;

/** True if the server could not be reached at the last attempt. */
export const isUnreachable = signal(false);

/** Load the page again if the server answers: else the browser would show its own error page instead. */
export async function loadAgain(): Promise<void> {
  const answer = await withTimeout(TIMEOUT, fetch(location.href, { cache: "no-store" })).catch(() => null);
  isUnreachable.value = !answer?.ok;
  if (answer?.ok) location.reload();
}
