/** Own name and description. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import type { ApiError } from "../../core/http";
import { updateUser, user } from "../../core/session";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Section } from "./section";

export function Profile() {
  const isSaved = useSignal(false);
  const { busy, problem, submit, formProps, restored } = useForm<"firstName" | "lastName" | "bio">(async (fields) => {
    isSaved.value = false;
    updateUser(await me.change(fields));
    isSaved.value = true;
  }, "profile");
  return (
    <Section id="profile" title={t("account.profile")}>
      <form onSubmit={submit} novalidate {...formProps}>
        <ErrorMessage problem={problem} fields={["firstName", "lastName", "bio"]} />
        {restored}
        <NameFields problem={problem} />
        <Field
          as="textarea"
          label={t("account.aboutYou")}
          name="bio"
          defaultValue={user.value?.bio ?? ""}
          rows={3}
          maxlength={1000}
          dir="auto"
          problem={problem}
          hint={t("account.aboutYouHint")}
        />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("account.saving")}>
            {t("account.save")}
          </Submit>
          <p role="status" class="form-status">
            {isSaved.value && t("account.saved")}
          </p>
        </div>
      </form>
    </Section>
  );
}

const NameFields = ({ problem }: { problem: ApiError | null }) => (
  <div class="side-by-side">
    <Field
      label={t("auth.firstName")}
      name="firstName"
      defaultValue={user.value?.firstName}
      maxlength={80}
      required
      problem={problem}
      autocomplete="given-name"
    />
    <Field
      label={t("auth.lastName")}
      name="lastName"
      defaultValue={user.value?.lastName}
      maxlength={80}
      problem={problem}
      autocomplete="family-name"
    />
  </div>
);
