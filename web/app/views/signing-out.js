/** The notice of a sign-out that the server has not heard of. */

import { html } from "../html.js";
import { isWaiting } from "../sign-outs.js";

export const SigningOut = () => html`<div role="status" class="news-place">
  ${isWaiting.value && html`<div class="news"><p>You are signed out in this browser. The sign-in ends on the server when you are online.</p></div>`}
</div>`;
