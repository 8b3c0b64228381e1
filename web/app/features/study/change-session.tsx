/** Dialog that renames, shortens or deletes a session. */

import type { JSX } from "preact";
import { focus as api } from "../../core/api";
import { isolated } from "../../core/format";
import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { MAX_ACTIVITY } from "./focus-card";
import { titleOf } from "./session-text";
import { studyText } from "./study-time";

const MINUTE = 60;

interface ChangeSessionProps {
  session: FocusSession;
  /** Called when the session was changed or deleted. */
  onChange(): unknown;
  onClose(): void;
}

export function ChangeSession({ session, onChange, onClose }: ChangeSessionProps): JSX.Element {
  const minutes = Math.max(1, Math.floor(session.seconds / MINUTE));
  const done = () => {
    onClose();
    onChange();
  };
  const { busy, problem, submit } = useForm(async (values) => {
    const wanted = Number(values.minutes);
    const end = new Date(Date.parse(session.startedAt) + wanted * MINUTE * 1000).toISOString();
    await api.change(session.id, { activity: values.activity?.trim() ?? "", ...(wanted < minutes && { endedAt: end }) });
    done();
  });
  const removal = useForm(async () => {
    await api.remove(session.id);
    done();
  });
  return (
    <Dialog title={t("focus.changeTitle")} onClose={onClose}>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["activity", "minutes"]} />
        <Field
          label={t("focus.activity")}
          name="activity"
          maxlength={MAX_ACTIVITY}
          dir="auto"
          defaultValue={session.activity}
          problem={problem}
        />
        <Field
          type="number"
          inputmode="numeric"
          label={t("focus.length")}
          name="minutes"
          required
          min={1}
          max={minutes}
          defaultValue={minutes}
          problem={problem}
          hint={t("focus.lengthHint")}
        />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("rooms.saving")} class="primary">
            {t("rooms.save")}
          </Submit>
        </div>
      </form>
      <div class="action">
        <ConfirmButton
          label={t("focus.delete")}
          title={t("focus.deleteTitle")}
          confirm={t("focus.delete")}
          busyLabel={t("focus.deleting")}
          form={removal}
        >
          <p>{t("focus.deleteEffect", { session: isolated(titleOf(session)), length: studyText(session.seconds) })}</p>
        </ConfirmButton>
      </div>
    </Dialog>
  );
}
