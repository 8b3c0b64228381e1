/** Notices of text that could not be sent. */

import { route } from "../../core/router";
import { t } from "../../core/words";
import { lazy, Nothing } from "../../ui/lazy";
import { unsent } from "./unsent-text";

const UnsentList = lazy(() => import("./unsent-list"), "UnsentList", Nothing, { ahead: true });

/** Unsent text, all or that of one room. Its list is loaded when there is any. */
export function Unsent({ roomId }: { roomId?: string }) {
  const hasAny = unsent.value.some((one) => !roomId || one.roomId === roomId);
  return hasAny ? <UnsentList roomId={roomId} /> : null;
}

/** Views that show the list themselves. */
const LISTED_ON = ["dashboard", "rooms"];

/** One line on views that do not show the list. */
export function UnsentNotice() {
  const { name, id } = route.value;
  const shown = LISTED_ON.includes(name) ? [] : unsent.value.filter(({ roomId }) => name !== "room" || roomId !== id);
  return (
    <div role="status" class="notice-place">
      {shown.length > 0 && (
        <div class="notice">
          <p>{t("messages.unsentNotice", { count: shown.length })}</p>
          <a class="button quiet" href="/dashboard">
            {t("messages.show")}
          </a>
        </div>
      )}
    </div>
  );
}
