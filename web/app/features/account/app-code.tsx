import type { ApiError } from "../../core/http";
import { t } from "../../core/words";
import { Field } from "../../ui/form";

/** Field for a code from the app. */
export const AppCode = (props: { problem: ApiError | null; hint: string }) => (
  <Field
    label={t("account.code")}
    name="code"
    autocomplete="one-time-code"
    autocapitalize="off"
    spellcheck={false}
    required
    {...props}
  />
);
