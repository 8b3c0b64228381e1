// @ts-nocheck
/** Dialog over the page that asks for the password again after a session has ended. */

import type { ApiError } from "../../core/http";
import { signIn, user } from "../../core/session";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import type { Credentials } from "./auth-forms";
import { SignOutButton } from "./sign-out-button";
import { useTwoFactorCode } from "./two-factor-code";

/** The page below stays as it is, with its texts and with messages that wait to be sent. */
export function PasswordDialog() {
  const code = useTwoFactorCode();
  const email = user.value?.email ?? "";
  const { busy, problem, submit } = useForm<Credentials>((fields) => signIn({ ...fields, email }).catch(code.request));
  if (problem?.code === "account_disabled") return <AccountDisabled problem={problem} />;
  return (
    <Dialog title={t("auth.signInAgain")} stays>
      <p>{t("auth.sessionEndedText")}</p>
      <form onSubmit={submit} novalidate>
        <PasswordProblem problem={code.otherProblem(problem)} />
        <input type="email" name="email" autocomplete="username" value={email} hidden readonly />
        <Field
          label={t("auth.passwordOf", { email })}
          called={t("auth.yourPassword")}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          problem={problem}
        />
        <code.Field problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("auth.signingIn")}>
            {t("auth.signIn")}
          </Submit>
        </div>
      </form>
      <div class="choices">
        <SignOutButton class="quiet" />
      </div>
    </Dialog>
  );
}

const PasswordProblem = ({ problem }: { problem: ApiError | null }) =>
  problem?.code === "wrong_credentials" ? (
    <div class="trouble" role="alert" tabindex={-1}>
      <p>{t("auth.wrongPassword")}</p>
    </div>
  ) : (
    <ErrorMessage problem={problem} fields={["password", "code"]} />
  );

const AccountDisabled = ({ problem }: { problem: ApiError }) => (
  <Dialog title={t("auth.accountDisabled")} key="disabled">
    <p>{problem.message}</p>
    <div class="choices">
      <SignOutButton class="" autofocus />
    </div>
  </Dialog>
);
