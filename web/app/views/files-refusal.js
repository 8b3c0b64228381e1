/** The notice that files cannot be sent. */

import { dismissFilesRefusal, filesRefusal } from "../files.js";
import { html } from "../html.js";

export function FilesRefusal() {
  return html`<div role="status" class="news-place">
    ${filesRefusal.value && html`<div class="news">
      <p>${filesRefusal.value}</p>
      <button type="button" class="button quiet" onClick=${dismissFilesRefusal}>Dismiss</button>
    </div>`}
  </div>`;
}
