// @ts-nocheck
import { effect } from "@preact/signals";
import { render } from "preact";
import { startBaseLinks } from "./core/base-links";
import * as connection from "./core/connection";
import "./ui/focus";
import { startClock } from "./core/now";
import { startFileDrops } from "./ui/file-drops";
import { startTextFields } from "./ui/text-fields";
import "./core/profile";
import { App, firstView } from "./app";
import { route } from "./core/router";
import { user } from "./core/session";
import { within } from "./core/timeout";
import { startDrafts } from "./features/messages/drafts";
import { restoreOutbox, startOutbox } from "./features/messages/outbox";
import { restoreCurrentRoom } from "./features/room/current-room";
import { clearRooms, refresh } from "./features/rooms/my-rooms";
import { notifications } from "./features/rooms/notifications";
import { ErrorBoundary } from "./ui/error-boundary";

const FIRST_VIEW_WITHIN = 3_000;

let who = null;
effect(() => {
  const now = user.value?.pending ? null : (user.value?.id ?? null);
  if (now === who) return;
  who = now;
  connection.close();
  clearRooms();
  notifications.value = [];
  restoreOutbox();
  restoreCurrentRoom();
  if (now) {
    connection.open();
    refresh();
  }
});

startBaseLinks();
startClock();
startTextFields();
startFileDrops();
startOutbox();
startDrafts();

/**
 * Draw the page over what index.html shows until then. Its message comes back if nothing else can be shown. A function, because
 * lazy views import this module: they would wait for an `await` of the module, and it for the first of them.
 */
async function start() {
  // a server that is slow to send it does not hold the rest back
  await within(
    FIRST_VIEW_WITHIN,
    firstView().catch(() => {}),
  );
  const page = document.getElementById("page");
  const message = page.querySelector(".not-started");
  const showMessage = () => page.childElementCount || page.replaceChildren(message);
  page.replaceChildren();
  addEventListener("error", showMessage);
  try {
    render(<Page />, page);
  } catch (error) {
    showMessage();
    throw error;
  }
  // needed after an absence, not at the start
  import("./features/rooms/ended-rooms").catch(() => {});
}

start().catch(reportError);

function Page() {
  return (
    <ErrorBoundary of={route.value}>
      <div class="whole">
        <App />
      </div>
    </ErrorBoundary>
  );
}
