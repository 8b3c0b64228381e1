/** Change of the own password. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { user } from "../../core/session";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { NewPassword } from "../auth/new-password";
import { useTwoFactorCode } from "../auth/two-factor-code";
import { CurrentPassword } from "./current-password";
import { Section } from "./section";

/** `sessionsEnded` is called after a change, which ends all other sessions. */
export function Password({ sessionsEnded }: { sessionsEnded: () => void }) {
  const code = useTwoFactorCode();
  const isChanged = useSignal(false);
  const { busy, problem, submit } = useForm<"currentPassword" | "newPassword" | "code">(async (fields, form) => {
    isChanged.value = false;
    await me.changePassword(fields).catch(code.request);
    form.reset();
    sessionsEnded();
    isChanged.value = true;
  });
  return (
    <Section id="password" title={t("account.password")}>
      <p>{t("account.passwordText")}</p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={code.otherProblem(problem)} fields={["currentPassword", "newPassword", "code"]} />
        <input type="email" autocomplete="username" value={user.value?.email} hidden readonly />
        <CurrentPassword label={t("account.currentPassword")} problem={problem} />
        <NewPassword label={t("auth.newPassword")} name="newPassword" problem={problem} />
        <code.Field problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("auth.changingPassword")}>
            {t("auth.changePassword")}
          </Submit>
          <p role="status" class="form-status">
            {isChanged.value && t("account.passwordChanged")}
          </p>
        </div>
      </form>
    </Section>
  );
}
