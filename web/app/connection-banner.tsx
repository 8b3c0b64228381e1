/** The notice of a lost connection, on every view. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { connection, refusal, retryNow } from "./core/connection";
import { loadAgain } from "./core/reload";
import { locked } from "./core/session";
import { lookup, t } from "./core/words";

/** Milliseconds without a connection until the notice is shown; a first connection may take longer. */
const DELAY = 900;
const FIRST_DELAY = 2_700;

export function ConnectionBanner() {
  const isShown = useSignal(false);
  useSignalEffect(() => {
    const isMissing = ["lost", "refused", "connecting"].includes(connection.value) && !locked.value;
    if (!isMissing) {
      isShown.value = false;
      return;
    }
    const show = () => {
      isShown.value = true;
    };
    const timer = setTimeout(show, connection.value === "connecting" ? FIRST_DELAY : DELAY);
    return () => clearTimeout(timer);
  });
  return (
    <div role="status" class="banner-place">
      {isShown.value && (
        <div class="banner">
          <p>{reason()}</p>
          <button type="button" class="button" onClick={retry}>
            {t("layout.tryNow")}
          </button>
        </div>
      )}
    </div>
  );
}

/** Connect now. A server with a newer page has another client, which only that page can load. */
async function retry(): Promise<void> {
  if (!(await retryNow())) await loadAgain();
}

function reason(): string | null {
  if (connection.value === "refused") return lookup(`error.${refusal.value}`);
  return t(navigator.onLine ? "layout.connectionLost" : "layout.offline");
}
