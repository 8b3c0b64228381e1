/** Settings of a timer: lengths of its phases, and the sound of this browser. */

import type { JSX } from "preact";
import type { Timer } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { isSoundOn, setSound } from "./phase-sound";
import { PLAN_FIELDS, PlanFields, planOf } from "./plan-fields";
import { nextPlan } from "./timer";
import { changeTimer, type TimerPlace } from "./timer-change";

interface TimerSettingsProps {
  place: TimerPlace;
  /** True for users who may not change the timer: they see only what is theirs. */
  isReadOnly: boolean;
  onClose(): void;
}

export function TimerSettings({ place, isReadOnly, onClose }: TimerSettingsProps): JSX.Element | null {
  const timer = place.timer.known.value;
  return (
    <Dialog title={t("timer.settings")} onClose={onClose}>
      {timer && !isReadOnly && <PlanForm place={place} timer={timer} onClose={onClose} />}
      <div class="action">
        <label class="tick">
          <input type="checkbox" checked={isSoundOn()} onChange={(event) => setSound(event.currentTarget.checked)} />
          <span>
            {t("timer.sound")}
            <br />
            <span class="hint">{t("timer.soundHint")}</span>
          </span>
        </label>
      </div>
    </Dialog>
  );
}

function PlanForm({ place, timer, onClose }: { place: TimerPlace; timer: Timer; onClose(): void }) {
  const plan = nextPlan(timer);
  const { busy, problem, submit } = useForm(async (values) => {
    await changeTimer(place, { action: "configure", plan: planOf(values, plan), autoContinue: Boolean(values.autoContinue) });
    onClose();
  });
  return (
    <form onSubmit={submit} novalidate>
      <ErrorMessage problem={problem} fields={PLAN_FIELDS} />
      <PlanFields plan={plan} problem={problem} />
      <label class="tick">
        <input type="checkbox" name="autoContinue" defaultChecked={timer.autoContinue} />
        <span>
          {t("timer.autoContinue")}
          <br />
          <span class="hint">{t("timer.autoContinueHint")}</span>
        </span>
      </label>
      {timer.phase && <p class="hint">{t("timer.fromNextPhase")}</p>}
      <div class="choices">
        <Submit busy={busy} busyLabel={t("rooms.saving")} class="primary">
          {t("rooms.save")}
        </Submit>
      </div>
    </form>
  );
}
