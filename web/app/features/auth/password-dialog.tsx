/** Dialog over the page that asks for the password again after a session has ended. */

import { ApiError } from "../../core/http";
import { signIn, user } from "../../core/session";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { SignOutButton } from "./sign-out-button";
import { useTwoFactorCode } from "./two-factor-code";

/** The page below stays as it is, with its texts and with messages that wait to be sent. */
export function PasswordDialog() {
  const code = useTwoFactorCode();
  const email = user.value?.email ?? "";
  const { busy, problem, submit } = useForm<"password" | "code">((fields) =>
    signIn({ ...fields, email }).catch((error) => code.request(aboutPassword(error))),
  );
  if (problem?.code === "account_disabled") return <AccountDisabled problem={problem} />;
  return (
    <Dialog title={t("auth.signInAgain")} stays>
      <p>{t("auth.sessionEndedText")}</p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={code.otherProblem(problem)} fields={["password", "code"]} />
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
          <Submit busy={busy} busyLabel={t("auth.signingIn")} class="primary">
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

/** Wrong credentials as an error of the password: the email is given here. */
function aboutPassword(problem: unknown): unknown {
  if (!(problem instanceof ApiError) || problem.code !== "wrong_credentials") return problem;
  return new ApiError({ code: "invalid_input", errors: [{ field: "password", message: t("auth.wrongPassword") }] });
}

const AccountDisabled = ({ problem }: { problem: ApiError }) => (
  <Dialog title={t("auth.accountDisabled")} key="disabled">
    <p>{problem.message}</p>
    <div class="choices">
      <SignOutButton class="primary" autofocus />
    </div>
  </Dialog>
);
