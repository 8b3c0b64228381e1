/** A lost password: setting a new one with a link. */

import { call } from "../http.js";
import { html } from "../html.js";
import { go } from "../router.js";
import { goAway } from "../session.js";
import { Field, Heading, Submit, Trouble, useForm } from "./parts.js";

const post = (path, body) => call(path, { method: "POST", body });

export function Reset({ id: token }) {
  const { busy, problem, submit } = useForm(async ({ newPassword }) => {
    await post("/api/auth/reset-password", { token, newPassword });
    goAway(); // every sign-in has ended, that of this browser too
    go("/sign-in?changed", { replace: true }); // a link that is used up need not be found by going back
  });
  if (problem?.code === "invalid_reset_token") {
    return html`<section class="page door">
      <${Heading} title="This link is over" key="over" />
      <p role="alert">It was used already, or it is too old. Ask whoever sent it for a new one.</p>
    </section>`;
  }
  return html`<section class="page door">
    <${Heading} title="Choose a new password" />
    <p class="lead">You are signed out everywhere with it, on all your devices.</p>
    <form onSubmit=${submit} novalidate>
      <${Trouble} problem=${problem} fields=${["newPassword"]} />
      <${Field} label="New password" name="newPassword" type="password" autocomplete="new-password" required problem=${problem}
        hint="Ten characters or more." />
      <${Submit} busy=${busy} doing="Changing …">Change the password<//>
    </form>
  </section>`;
}
