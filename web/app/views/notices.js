/** Notices on every view that a first visit does without. */

import { html } from "../html.js";
import { route } from "../router.js";
import { verifiedOnly } from "../rules.js";
import { user } from "../session.js";
import { Announcements } from "./announcements.js";
import { MustVerify } from "./verify.js";

export const Notices = () => html`${verifiedOnly && !user.value.verifiedAt && route.value.name !== "verify" && html`<${MustVerify} />`}
  <${Announcements} />`;
