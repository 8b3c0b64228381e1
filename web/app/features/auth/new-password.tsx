/** Field for a new password. */

import type { JSX } from "preact";
import type { ApiError } from "../../core/http";
import { t } from "../../core/words";
import { Field } from "../../ui/form";

interface NewPasswordProps {
  /** Label of the field, such as "New password". */
  label: string;
  /** Name of the field in the request. */
  name: string;
  problem: ApiError | null;
}

/** A field for a new password, with the rule for passwords as its hint. */
export const NewPassword = ({ label, name, problem }: NewPasswordProps): JSX.Element => (
  <Field
    label={label}
    name={name}
    type="password"
    autocomplete="new-password"
    minlength={10}
    required
    problem={problem}
    hint={t("auth.passwordRule")}
  />
);
