import { effect } from "@preact/signals";
import { render } from "preact";
import * as connection from "./connection.js";
import "./focus.js";
import { html } from "./html.js";
import { startClock } from "./now.js";
import "./profile.js";
import { restore } from "./outbox.js";
import { clearRooms, refresh } from "./rooms.js";
import { user } from "./session.js";
import { App } from "./views/app.js";

let who = null;
effect(() => {
  const now = user.value?.id ?? null;
  if (now === who) return;
  who = now;
  connection.close();
  clearRooms();
  restore();
  if (now) {
    connection.open();
    refresh();
  }
});

startClock();
render(html`<${App} />`, document.getElementById("page"));
