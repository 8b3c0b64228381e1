/** Disabling of accounts. */

import { t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { Words } from "../../ui/words";
import { admin as api } from "./api";

interface DisableButtonProps {
  id: string;
  name: string;
  /** Label for the eye. */
  short: string;
  /** Label for screen readers, with the name. */
  full: string;
  onDone: () => unknown;
}

/** A button that disables an account after a confirmation. */
export function DisableButton({ id, name, short, full, onDone }: DisableButtonProps) {
  const form = useForm(async () => {
    await api.change(id, { disabled: true });
    await onDone();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={short} full={full} />}
      title={t("admin.askDisable")}
      confirm={t("admin.disableAccount")}
      busyLabel={t("admin.disabling")}
      form={form}
    >
      <p>
        <Words of="admin.disableEffect" name={<Name of={name} />} />
      </p>
    </ConfirmButton>
  );
}
