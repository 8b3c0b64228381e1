// @ts-nocheck
/** A lost password: asking for a link, and setting a new one with it. */

import { useSignal } from "@preact/signals";
import { call } from "../../core/http";
import { go, onward } from "../../core/router";
import { signOut, user } from "../../core/session";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { onlyHere } from "./sign-out-button";

/** True if this server sends mail, as index.html says. */
const MAIL = document.documentElement.dataset.mail !== "off";

const post = (path, body) => call(path, { method: "POST", body });

export function Forgot() {
  const sentTo = useSignal("");
  const { busy, problem, submit } = useForm(async ({ email }) => {
    await post("/api/auth/forgot-password", { email });
    sentTo.value = email;
  });
  if (!MAIL || problem?.code === "mail_off") return <NoMail />;
  return (
    <section class="page door">
      <Heading title="A new password" />
      {sentTo.value ? (
        <p role="status">
          If there is an account for{" "}
          <b class="email">
            <bdi>{sentTo.value}</bdi>
          </b>
          , a link is on its way to it. Look into the folder for unwanted mail, too.
        </p>
      ) : (
        <>
          <p class="lead">You get a link by mail. It is good once, and not for long.</p>
          <form onSubmit={submit} novalidate>
            <ErrorMessage problem={problem} fields={["email"]} />
            <Field label="Email" name="email" type="email" autocomplete="username" required problem={problem} />
            <Submit busy={busy} busyLabel="Sending …">
              Send me a link
            </Submit>
          </form>
        </>
      )}
      <p class="aside">
        <a href={`/sign-in${onward()}`}>Back to signing in</a>
      </p>
    </section>
  );
}

const NoMail = () => (
  <section class="page door">
    <Heading title="A new password" key="no-mail" />
    <p>
      This server sends no mail. Ask the person who runs it, at a school mostly a teacher or the administrator: they can make a
      link with which you choose a new password. Tell them the email of your account.
    </p>
    <p class="aside">
      <a href={`/sign-in${onward()}`}>Back to signing in</a>
    </p>
  </section>
);

export function Reset({ id: token }) {
  const { busy, problem, submit } = useForm(async ({ newPassword }) => {
    await post("/api/auth/reset-password", { token, newPassword });
    signOut().catch(() => {}); // the sign-in of this browser may be that of another account
    go("/sign-in?changed", { replace: true }); // a link that is used up need not be found by going back
  });
  if (problem?.code === "invalid_reset_token" || problem?.of("token")) {
    return (
      <section class="page door">
        <Heading title="This link is over" key="over" />
        <p role="alert">
          It was used already, is too old, or is not whole. <a href="/forgot">Ask for a new one.</a>
        </p>
      </section>
    );
  }
  const lost = onlyHere();
  return (
    <section class="page door">
      <Heading title="Choose a new password" />
      <p class="lead">You are signed out everywhere with it, on all your devices.</p>
      {user.value && (
        <p>
          In this browser{" "}
          <b class="email">
            <bdi>{user.value.email}</bdi>
          </b>{" "}
          is signed in. That ends, too{lost && `, and ${lost} will be removed here`}.
        </p>
      )}
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["newPassword"]} />
        <Field
          label="New password"
          name="newPassword"
          type="password"
          autocomplete="new-password"
          minlength="10"
          required
          problem={problem}
          hint="Ten characters or more."
        />
        <Submit busy={busy} busyLabel="Changing …">
          Change the password
        </Submit>
      </form>
    </section>
  );
}
