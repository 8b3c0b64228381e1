/** Exceptions that no part of the page handled. The browser reports them to the console by itself. */

import { signal } from "@preact/signals";
import { ApiError } from "./http";

/** True after an exception in an event handler, a timer or a promise, until it is dismissed. */
export const hasFailed = signal(false);

export function dismissFailure(): void {
  hasFailed.value = false;
}

/** Start to notice exceptions. Requests that were rejected are no failures of the page. */
export function startFailures(): void {
  // messages of browsers, such as those of ResizeObserver, and scripts of other origins have no `error`
  addEventListener("error", ({ error }) => {
    if (error instanceof Error) hasFailed.value = true;
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    if (!(reason instanceof ApiError)) hasFailed.value = true;
  });
}
