// @ts-nocheck
/** The link that verifies an email, and the button that sends it again. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { route } from "../../core/router";
import { signIn, updateUser, user } from "../../core/session";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { SignInForm } from "./auth-forms";

export function SendAgain() {
  const sent = useSignal(false);
  const { busy, problem, submit } = useForm(async () => {
    sent.value = false;
    await me.sendVerification();
    sent.value = true;
  });
  return (
    <form onSubmit={submit}>
      <ErrorMessage problem={problem} />
      <div class="choices">
        <Submit busy={busy} busyLabel="Sending …" class="plain">
          Send again
        </Submit>
        <p role="status" class="said">
          {sent.value && "Sent. The newest link works, older ones do not."}
        </p>
      </div>
    </form>
  );
}

/** The notice, on every view, of a server where only users with a verified email may use rooms. */
export const MustVerify = () => (
  <div role="status" class="news-place">
    <div class="news">
      <p>
        Verify your email to use rooms: open the link in the mail that we sent to <bdi>{user.value.email}</bdi>.
      </p>
      {route.value.name !== "account" && (
        <a class="button plain" href="/account">
          To your account
        </a>
      )}
    </div>
  </div>
);

export function Verify({ id: token }) {
  if (!user.value)
    return (
      <section class="page door">
        <Heading title="Verify your email" key="guest" />
        <p class="lead">Sign in to the account with this email: then it is verified.</p>
        <SignInForm sign={signIn} />
      </section>
    );
  if (user.value.verifiedAt)
    return (
      <section class="page narrow">
        <Heading title="Your email is verified" key="done" />
        <p role="status">
          <bdi>{user.value.email}</bdi> is verified. There is nothing else to do.
        </p>
        <p class="choices">
          <a class="button" href="/dashboard">
            Go on
          </a>
        </p>
      </section>
    );
  return <Verifying token={token} key={user.value.id} />;
}

function Verifying({ token }) {
  const form = useForm(async () => updateUser(await me.verifyEmail(token)));
  const isOver = !token || form.problem?.code === "invalid_verification_token" || form.problem?.of("token");
  if (isOver)
    return (
      <section class="page narrow">
        <Heading title="This link does not work" key="over" />
        <p role="alert">
          It was used, is too old, is not whole, or is for another account. You are signed in as{" "}
          <b class="email">
            <bdi>{user.value.email}</bdi>
          </b>
          .
        </p>
        <SendAgain />
      </section>
    );
  return (
    <section class="page narrow">
      <Heading title="Verify your email" key="verify" />
      <p class="lead">
        Is{" "}
        <b class="email">
          <bdi>{user.value.email}</bdi>
        </b>{" "}
        your email, and is this your account?
      </p>
      <form onSubmit={form.submit}>
        <ErrorMessage problem={form.problem} />
        <Submit busy={form.busy} busyLabel="Verifying …">
          Yes, verify it
        </Submit>
      </form>
    </section>
  );
}
