// @ts-nocheck
/** Text that could not be sent, on the views where one is. */

import { count } from "../../core/format";
import { route } from "../../core/router";
import { lazy, Nothing } from "../../ui/lazy";
import { unsent } from "./unsent-text";

const List = lazy(() => import("./unsent-list"), "List", Nothing, { ahead: true });

/** All of it, or that of one room. */
export const Unsent = ({ roomId }) => unsent.value.some((one) => !roomId || one.roomId === roomId) && <List roomId={roomId} />;

/** One line on the views where it does not stand. */
export function UnsentNotice() {
  const { name, id } = route.value;
  const shown = ["dashboard", "rooms"].includes(name)
    ? []
    : unsent.value.filter(({ roomId }) => name !== "room" || roomId !== id);
  return (
    <div role="status" class="news-place">
      {shown.length > 0 && (
        <div class="news">
          <p>{shown.length === 1 ? "Something that you wrote" : count(shown.length, "text")} could not be sent.</p>
          <a class="button quiet" href="/dashboard">
            Show
          </a>
        </div>
      )}
    </div>
  );
}
