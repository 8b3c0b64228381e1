/** Link that verifies an email address, and the button that sends it again. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { route } from "../../core/router";
import { signIn, updateUser, user } from "../../core/session";
import type { Me } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Words } from "../../ui/words";
import { SignInForm } from "./auth-forms";
import { Email } from "./email";

export function SendVerification() {
  const isSent = useSignal(false);
  const { busy, problem, submit } = useForm(async () => {
    isSent.value = false;
    await me.sendVerification();
    isSent.value = true;
  });
  return (
    <form onSubmit={submit}>
      <ErrorMessage problem={problem} />
      <div class="choices">
        <Submit busy={busy} busyLabel={t("auth.sending")}>
          {t("auth.sendAgain")}
        </Submit>
        <p role="status" class="form-status">
          {isSent.value && t("auth.sentAgain")}
        </p>
      </div>
    </form>
  );
}

/** Notice on every view of a server that requires verified emails to use rooms. */
export const VerifyEmailNotice = () => (
  <div role="status" class="notice-place">
    <div class="notice">
      <p>
        <Words of="auth.verifyToUseRooms" email={<bdi>{user.value?.email}</bdi>} />
      </p>
      {route.value.name !== "account" && (
        <a class="button" href="/account">
          {t("auth.goToAccount")}
        </a>
      )}
    </div>
  </div>
);

export function VerifyEmail({ id: token }: { id: string | null }) {
  if (!user.value) return <SignInToVerify />;
  if (user.value.verifiedAt) return <Verified email={user.value.email} />;
  return <Verification token={token} user={user.value} key={user.value.id} />;
}

const SignInToVerify = () => (
  <section class="page entrance">
    <Heading title={t("auth.verifyEmail")} key="guest" />
    <p class="lead">{t("auth.verifySignIn")}</p>
    <SignInForm send={signIn} />
  </section>
);

const Verified = ({ email }: { email: string }) => (
  <section class="page narrow">
    <Heading title={t("auth.verified")} key="done" />
    <p role="status">
      <Words of="auth.verifiedText" email={<bdi>{email}</bdi>} />
    </p>
    <p class="choices">
      <a class="button primary" href="/dashboard">
        {t("auth.continue")}
      </a>
    </p>
  </section>
);

function Verification({ token, user: { email } }: { token: string | null; user: Me }) {
  const { busy, problem, submit } = useForm(async () => updateUser(await me.verifyEmail(token ?? "")));
  if (!token || problem?.code === "invalid_verification_token" || problem?.of("token")) return <LinkOver email={email} />;
  return (
    <section class="page narrow">
      <Heading title={t("auth.verifyEmail")} key="verify" />
      <p class="lead">
        <Words of="auth.verifyQuestion" email={<Email of={email} />} />
      </p>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <Submit busy={busy} busyLabel={t("auth.verifying")} class="primary">
          {t("auth.verifyButton")}
        </Submit>
      </form>
    </section>
  );
}

const LinkOver = ({ email }: { email: string }) => (
  <section class="page narrow">
    <Heading title={t("auth.verifyLinkOver")} key="over" />
    <p role="alert">
      <Words of="auth.verifyLinkOverText" email={<Email of={email} />} />
    </p>
    <SendVerification />
  </section>
);
