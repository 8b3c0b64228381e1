import type { ApiError } from "../../core/http";
import { t } from "../../core/words";
import { Field } from "../../ui/form";

interface CurrentPasswordProps {
  problem: ApiError | null;
  label?: string;
  autofocus?: boolean;
}

/** Field for the own password, which confirms a sensitive change. */
export const CurrentPassword = ({ label = t("auth.password"), ...rest }: CurrentPasswordProps) => (
  <Field label={label} name="currentPassword" type="password" autocomplete="current-password" required {...rest} />
);
