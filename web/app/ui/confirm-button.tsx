/** Buttons that ask for confirmation in a dialog. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../core/words";
import { Dialog } from "./dialog";
import { ErrorMessage } from "./error-message";
import type { FormState } from "./form";

interface ConfirmDialogProps {
  title: ComponentChildren;
  /** Words of the button that confirms, and while it is busy. */
  confirm: string;
  busyLabel: string;
  cancel?: string;
  form: FormState;
  /** Fields in `children`, which show their errors themselves. */
  fields?: readonly string[];
  close: () => void;
  children?: ComponentChildren;
}

interface ConfirmButtonProps extends Omit<ConfirmDialogProps, "close"> {
  label: ComponentChildren;
  class?: string;
}

/** A button, and the dialog that asks before the form is sent. */
export function ConfirmButton({ label, class: kind = "danger", ...dialog }: ConfirmButtonProps) {
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
  };
  const open = () => {
    isOpen.value = true;
  };
  return (
    <>
      <button type="button" class={`button ${kind}`} onClick={open}>
        {label}
      </button>
      {isOpen.value && <ConfirmDialog close={close} {...dialog} />}
    </>
  );
}

/** The dialog without its button. */
export function ConfirmDialog({ title, confirm, busyLabel, cancel, form, fields, close, children }: ConfirmDialogProps) {
  const { busy, problem, submit, formProps, restored } = form;
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit} noValidate {...formProps}>
        <ErrorMessage problem={problem} fields={fields} />
        {restored}
        {children}
        <div class="choices">
          <button type="submit" class="button danger filled">
            {busy ? busyLabel : confirm}
          </button>
          <button type="button" class="button quiet" onClick={close}>
            {cancel ?? t("ui.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
