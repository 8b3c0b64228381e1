/** Deletion of a text that was not sent, after a question. */

import type { JSX } from "preact";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";

interface DeleteTextButtonProps {
  /** Question of the dialog. */
  title: string;
  /** What the deletion means. */
  hint: string;
  /** The text, which the dialog shows. */
  text: string;
  remove: () => void;
}

/** A button, and the dialog that shows the text again and asks before `remove` is called. */
export function DeleteTextButton({ title, hint, text, remove }: DeleteTextButtonProps): JSX.Element {
  const form = useForm(async () => remove());
  return (
    <ConfirmButton
      label={t("messages.delete")}
      class="quiet"
      title={title}
      confirm={t("messages.delete")}
      busyLabel={t("messages.deleting")}
      cancel={t("messages.keep")}
      form={form}
    >
      <p>{hint}</p>
      <blockquote class="quote words" dir="auto">
        {text}
      </blockquote>
    </ConfirmButton>
  );
}
