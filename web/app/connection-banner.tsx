// @ts-nocheck
/** The notice of a lost connection, on every view. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { connection, refusal, retryNow } from "./core/connection";
import { locked } from "./core/session";
import { lookup } from "./core/words";

const SOON = 900;

export function ConnectionBanner() {
  const isShown = useSignal(false);
  useSignalEffect(() => {
    const isMissing = ["lost", "refused", "connecting"].includes(connection.value) && !locked.value;
    if (!isMissing) return void (isShown.value = false);
    // a moment's absence is not worth a word
    const timer = setTimeout(() => (isShown.value = true), connection.value === "connecting" ? 3 * SOON : SOON);
    return () => clearTimeout(timer);
  });
  return (
    <div role="status" class="banner-place">
      {isShown.value && (
        <div class="banner">
          <p>{words()}</p>
          <button type="button" class="button plain" onClick={retryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}

function words() {
  if (connection.value === "refused") return lookup(`error.${refusal.value}`);
  if (!navigator.onLine) return "You are offline. What you write is kept until you are back.";
  return "The connection is gone. Trying again; what you write is kept.";
}
