import { effect } from "@preact/signals";
import { render } from "preact";
import * as connection from "./connection.js";
import "./focus.js";
import { watchFields } from "./fields.js";
import { watchFiles } from "./files.js";
import { html } from "./html.js";
import { startClock } from "./now.js";
import "./profile.js";
import { within } from "./late.js";
import { news } from "./news.js";
import { restore } from "./outbox.js";
import { restore as restoreSeat } from "./seat.js";
import { clearRooms, refresh } from "./rooms.js";
import { route } from "./router.js";
import { user } from "./session.js";
import { App, firstView } from "./views/app.js";
import { Boundary } from "./views/boundary.js";

const FIRST_VIEW_WITHIN = 3_000;

let who = null;
effect(() => {
  const now = user.value?.pending ? null : (user.value?.id ?? null);
  if (now === who) return;
  who = now;
  connection.close();
  clearRooms();
  news.value = [];
  restore();
  restoreSeat();
  if (now) {
    connection.open();
    refresh();
  }
});

startClock();
watchFields();
watchFiles();

/**
 * Draw the page over what index.html shows until then. Its message comes back if nothing else can be shown. A function, because
 * lazy views import this module: they would wait for an `await` of the module, and it for the first of them.
 */
async function start() {
  // a server that is slow to send it does not hold the rest back
  await within(FIRST_VIEW_WITHIN, firstView().catch(() => {}));
  const page = document.getElementById("page");
  const message = page.querySelector(".not-started");
  const showMessage = () => page.childElementCount || page.replaceChildren(message);
  page.replaceChildren();
  addEventListener("error", showMessage);
  try {
    render(html`<${Page} />`, page);
  } catch (error) {
    showMessage();
    throw error;
  }
  // needed after an absence, not at the start
  import("./endings.js").catch(() => {});
}

start().catch(reportError);

function Page() {
  return html`<${Boundary} of=${route.value}><div class="whole"><${App} /></div><//>`;
}
