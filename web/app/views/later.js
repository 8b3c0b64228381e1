/** Views that few people open: fetched when they are opened. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { on } from "../connection.js";
import { html } from "../html.js";
import { LoadAgain } from "./load-again.js";
import { Waiting } from "./parts.js";

/**
 * Give the component that `load` (`() => import("./admin.js")`) exports under this name, with `Meanwhile` until it is there. With
 * `ahead` it is fetched when there is a connection, because it is wanted when there is none.
 */
export function later(load, name, Meanwhile = Page, { ahead = false } = {}) {
  let View = null;
  if (ahead) on("connect", () => View ?? load().then((module) => (View = module[name]), () => {}));
  return function Later(props) {
    const state = useSignal(View ? "there" : "coming");
    useEffect(() => {
      if (View) state.value = "there"; // it came between the first drawing and now
      else load().then((module) => (View = module[name], state.value = "there"), (error) => {
        console.error(error);
        state.value = "failed";
      });
    }, []);
    const again = () => load().then((module) => (View = module[name], state.value = "there"), () => false);
    useEffect(() => on("connect", () => state.peek() === "failed" && again()), []);
    if (state.value === "failed") return html`<${Missing} again=${again} />`;
    return View ? html`<${View} ...${props} />` : html`<${Meanwhile} />`;
  };
}

/** For what opens over a view: a moment of nothing. */
export const Nothing = () => null;

const Page = () => html`<section class="page narrow"><${Waiting} /></section>`;

// The server is not there, or was updated since the page was loaded. What was written is kept through a reload.
const Missing = ({ again }) => html`<section class="page narrow">
  <div class="trouble" role="alert">
    <p>This part of the page could not be fetched. Nothing that you wrote is lost.</p>
    <${LoadAgain} first=${again} />
  </div>
</section>`;
