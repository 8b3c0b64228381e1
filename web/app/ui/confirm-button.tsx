// @ts-nocheck
/** Buttons that ask for confirmation in a dialog. */

import { useSignal } from "@preact/signals";
import { Dialog } from "./dialog";
import { ErrorMessage } from "./error-message";

/** A button, and the dialog that asks before it does anything. `form` is what `useForm` returned. */
export function ConfirmButton({ label, class: kind = "danger", ...rest }) {
  const isAsking = useSignal(false);
  const close = () => (isAsking.value = false);
  return (
    <>
      <button type="button" class={`button ${kind}`} onClick={() => (isAsking.value = true)}>
        {label}
      </button>
      {isAsking.value && <ConfirmDialog close={close} {...rest} />}
    </>
  );
}

/** The dialog of a question by itself. */
export function ConfirmDialog({
  title,
  confirm,
  busyLabel,
  cancel = "Cancel",
  form: { busy, problem, submit, formProps, restored },
  fields,
  close,
  children,
}) {
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit} novalidate {...formProps}>
        <ErrorMessage problem={problem} fields={fields} />
        {restored}
        {children}
        <div class="choices">
          <button type="submit" class="button danger filled">
            {busy ? busyLabel : confirm}
          </button>
          <button type="button" class="button quiet" onClick={close}>
            {cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A question about what cannot be taken back; `field`, where there is one, is what it wants to know. */
export const DeleteButton = ({ children, ...rest }) => (
  <ConfirmButton confirm="Delete it" busyLabel="Deleting …" cancel="Keep it" {...rest}>
    {children}
  </ConfirmButton>
);
