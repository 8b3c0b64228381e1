/** Deletion of the own account. */

import { me } from "../../core/api";
import { go } from "../../core/router";
import { signOutLocally } from "../../core/session";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { useTwoFactorCode } from "../auth/two-factor-code";
import { CurrentPassword } from "./current-password";
import { Section } from "./section";

export function DeleteAccount() {
  const code = useTwoFactorCode();
  const form = useForm<"currentPassword" | "code">(async (fields) => {
    await me.remove(fields).catch(code.request);
    signOutLocally();
    go("/", { replace: true });
  });
  return (
    <Section id="delete" title={t("account.delete")}>
      <p>{t("account.deleteText")}</p>
      <ConfirmButton
        label={t("account.delete")}
        title={t("account.deleteQuestion")}
        confirm={t("account.delete")}
        busyLabel={t("account.deleting")}
        fields={["currentPassword", "code"]}
        form={{ ...form, problem: code.otherProblem(form.problem) }}
      >
        <p>{t("account.deleteFinal")}</p>
        <CurrentPassword problem={form.problem} />
        <code.Field problem={form.problem} />
      </ConfirmButton>
    </Section>
  );
}
