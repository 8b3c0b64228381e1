/** Lost passwords: the request for a link by email, and the form for a new password behind the link. */

import { useSignal } from "@preact/signals";
import { call } from "../../core/http";
import { go, signInSuffix } from "../../core/router";
import { sendsMail } from "../../core/server-rules";
import { signOut, user } from "../../core/session";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Words } from "../../ui/words";
import { Email } from "./email";
import { NewPassword } from "./new-password";
import { lossOfSignOut } from "./sign-out-button";

export function ForgotPassword() {
  const sentTo = useSignal("");
  const { busy, problem, submit } = useForm<"email">(async ({ email }) => {
    await call("/api/auth/forgot-password", { method: "POST", body: { email } });
    sentTo.value = email;
  });
  if (!sendsMail || problem?.code === "mail_off") return <NoMail />;
  return (
    <section class="page entrance">
      <Heading title={t("auth.resetPassword")} />
      {sentTo.value ? (
        <p role="status">
          <Words of="auth.resetLinkSent" email={<Email of={sentTo.value} />} />
        </p>
      ) : (
        <>
          <p class="lead">{t("auth.resetPasswordText")}</p>
          <form onSubmit={submit} novalidate>
            <ErrorMessage problem={problem} fields={["email"]} />
            <Field label={t("auth.email")} name="email" type="email" autocomplete="username" required problem={problem} />
            <Submit busy={busy} busyLabel={t("auth.sending")} class="primary">
              {t("auth.sendLink")}
            </Submit>
          </form>
        </>
      )}
      <BackToSignIn />
    </section>
  );
}

const NoMail = () => (
  <section class="page entrance">
    <Heading title={t("auth.resetPassword")} key="no-mail" />
    <p>{t("auth.resetWithoutMail")}</p>
    <BackToSignIn />
  </section>
);

const BackToSignIn = () => (
  <p class="aside">
    <a href={`/sign-in${signInSuffix()}`}>{t("auth.backToSignIn")}</a>
  </p>
);

export function ResetPassword({ id: token }: { id: string | null }) {
  const { busy, problem, submit } = useForm<"newPassword">(async ({ newPassword }) => {
    await call("/api/auth/reset-password", { method: "POST", body: { token, newPassword } });
    signOut().catch(() => {}); // this browser may be signed in with another account
    go("/sign-in?changed", { replace: true }); // Back does not lead to a link that is used up
  });
  if (problem?.code === "invalid_reset_token" || problem?.of("token")) return <LinkOver />;
  return (
    <section class="page entrance">
      <Heading title={t("auth.chooseNewPassword")} />
      <p class="lead">{t("auth.resetSignsOut")}</p>
      {user.value && (
        <p>
          <Words of="auth.resetSignsOutHere" email={<Email of={user.value.email} />} /> {lossOfSignOut()}
        </p>
      )}
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["newPassword"]} />
        <NewPassword label={t("auth.newPassword")} name="newPassword" problem={problem} />
        <Submit busy={busy} busyLabel={t("auth.changingPassword")} class="primary">
          {t("auth.changePassword")}
        </Submit>
      </form>
    </section>
  );
}

const LinkOver = () => (
  <section class="page entrance">
    <Heading title={t("auth.linkOver")} key="over" />
    <p role="alert">
      <Words of="auth.resetLinkOverText" link={(words) => <a href="/forgot">{words}</a>} />
    </p>
  </section>
);
