/** The notice of a sign-out that the server has not heard of. */

import { html } from "../html.js";
import { isWaiting } from "../sign-outs.js";

export const SigningOut = () => html`<div role="status" class="news-place">
  ${isWaiting.value && html`<div class="news"><p>You are signed out here. The server will hear of it when you are online.</p></div>`}
</div>`;
