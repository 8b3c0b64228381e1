// @ts-nocheck
import { signal } from "@preact/signals";
import { within } from "./timeout";

const WITHIN = 8_000;

/** True if the last attempt found no server. */
export const isUnreachable = signal(false);

/** Load the page again, if the server answers: else the browser would show its own error in place of what is here. */
export async function loadAgain() {
  const answer = await within(WITHIN, fetch(location.href, { cache: "no-store" })).catch(() => null);
  isUnreachable.value = !answer?.ok;
  if (answer?.ok) location.reload();
}
