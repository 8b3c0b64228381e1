/** Text that could not be sent, on the views where one is. */

import { count } from "../format.js";
import { html } from "../html.js";
import { route } from "../router.js";
import { unsent } from "../unsent.js";
import { later, Nothing } from "./later.js";

const List = later(() => import("./unsent-list.js"), "List", Nothing, { ahead: true });

/** All of it, or that of one room. */
export const Unsent = ({ roomId }) => unsent.value.some((one) => !roomId || one.roomId === roomId) && html`<${List} roomId=${roomId} />`;

/** One line on the views where it does not stand. */
export function UnsentNotice() {
  const { name, id } = route.value;
  const shown = ["dashboard", "rooms"].includes(name) ? [] : unsent.value.filter(({ roomId }) => name !== "room" || roomId !== id);
  return html`<div role="status" class="news-place">
    ${shown.length > 0 && html`<div class="news">
      <p>${shown.length === 1 ? "Something that you wrote" : count(shown.length, "text")} could not be sent.</p>
      <a class="button quiet" href="/dashboard">Show</a>
    </div>`}
  </div>`;
}
