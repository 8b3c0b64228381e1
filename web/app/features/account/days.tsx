/** Rules of the user's days of study: time zone, start of the day, daily goal, first day of the week. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { me } from "../../core/api";
import { browserZone } from "../../core/days";
import type { ApiError } from "../../core/http";
import { updateUser, user } from "../../core/session";
import type { Me } from "../../core/types";
import { locale, t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { SelectOption } from "../../ui/select-option";
import { Section } from "./section";
import { ZoneOptions } from "./zone-options";
import { zoneLabel } from "./zones";

const FIELDS = ["timeZone", "dayStartsAt", "dailyGoal", "weekStartsOn"] as const;
const MAX_GOAL = 24 * 60;
const LAST_START = 6;
/** A date of each first day of a week. */
const WEEK_STARTS = { monday: 5, saturday: 3, sunday: 4 } as const;

export function Days() {
  const isSaved = useSignal(false);
  const { busy, problem, submit, formProps, restored } = useForm<(typeof FIELDS)[number]>(async (fields) => {
    isSaved.value = false;
    updateUser(
      await me.change({
        ...(fields.timeZone && { timeZone: fields.timeZone }),
        dayStartsAt: Number(fields.dayStartsAt),
        dailyGoal: Number(fields.dailyGoal),
        weekStartsOn: fields.weekStartsOn as Me["weekStartsOn"],
      }),
    );
    isSaved.value = true;
  }, "days");
  const { dailyGoal, dayStartsAt, weekStartsOn } = user.value ?? { dailyGoal: 60, dayStartsAt: 4, weekStartsOn: "monday" };
  return (
    <Section id="days" title={t("account.days")}>
      <p>{t("account.daysText")}</p>
      <form onSubmit={submit} novalidate {...formProps}>
        <ErrorMessage problem={problem} fields={FIELDS} />
        {restored}
        <Field
          label={t("account.dailyGoal")}
          called={t("field.dailyGoal")}
          name="dailyGoal"
          type="number"
          inputmode="numeric"
          min={1}
          max={MAX_GOAL}
          required
          defaultValue={dailyGoal}
          problem={problem}
          hint={t("account.dailyGoalHint")}
        />
        <ZoneField problem={problem} />
        <div class="side-by-side">
          <Field
            as="select"
            label={t("account.dayStartsAt")}
            name="dayStartsAt"
            problem={problem}
            hint={t("account.dayStartsAtHint")}
          >
            {Array.from({ length: LAST_START + 1 }, (_, hour) => (
              <SelectOption value={hour} isDefault={hour === dayStartsAt} key={hour}>
                {hourText(hour)}
              </SelectOption>
            ))}
          </Field>
          <Field as="select" label={t("account.weekStartsOn")} name="weekStartsOn" problem={problem}>
            {Object.entries(WEEK_STARTS).map(([day, date]) => (
              <SelectOption value={day} isDefault={day === weekStartsOn} key={day}>
                {weekdayText(date)}
              </SelectOption>
            ))}
          </Field>
        </div>
        <div class="choices">
          <Submit busy={busy} busyLabel={t("account.saving")}>
            <ActionLabel short={t("account.save")} full={t("account.saveDays")} />
          </Submit>
          <p role="status" class="form-status">
            {isSaved.value && t("account.saved")}
          </p>
        </div>
      </form>
    </Section>
  );
}

function ZoneField({ problem }: { problem: ApiError | null }) {
  const at = useRef<HTMLDivElement>(null);
  const stored = user.value?.timeZone ?? "";
  const chosen = useSignal(stored);
  const own = browserZone();
  const useOwn = () => {
    const select = at.current?.querySelector("select");
    if (!select || !own) return;
    select.value = own;
    select.focus();
    chosen.value = own;
  };
  return (
    <div ref={at}>
      <Field
        as="select"
        label={t("account.timeZone")}
        name="timeZone"
        problem={problem}
        onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
          chosen.value = currentTarget.value;
        }}
      >
        {stored === "" && (
          <SelectOption value="" isDefault>
            {t("account.noTimeZone")}
          </SelectOption>
        )}
        <ZoneOptions zone={stored} more={own ? [own] : []} />
      </Field>
      {own && own !== chosen.value && (
        <div class="choices">
          <p class="hint">{t("account.otherTimeZone", { zone: zoneLabel(own) })}</p>
          <button type="button" class="button" onClick={useOwn}>
            {t("account.useTimeZone", { zone: zoneLabel(own) })}
          </button>
        </div>
      )}
    </div>
  );
}

const hourText = (hour: number): string =>
  new Intl.DateTimeFormat(locale.value, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(hour * 3_600_000);

const weekdayText = (date: number): string =>
  new Intl.DateTimeFormat(locale.value, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(1970, 0, date));
