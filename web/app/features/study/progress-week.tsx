/** The days of one week against their goals. */

import { useSignal } from "@preact/signals";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { ProgressBar } from "./progress-bar";
import { addDays, daysFrom, longWeekday, rangeText, shortDate, weekOf } from "./progress-days";
import type { DayTotals } from "./progress-stats";
import { studyText } from "./study-time";

interface ProgressWeekProps {
  totals: DayTotals;
}

export function ProgressWeek({ totals }: ProgressWeekProps) {
  const last = weekOf(totals.today, totals.weekStartsOn);
  const first = useSignal(last);
  const days = daysFrom(first.value);
  const most = Math.max(...days.map((date) => Math.max(totals.seconds(date), totals.goal(date) * 60)));
  const sum = days.reduce((total, date) => total + totals.seconds(date), 0);
  const move = (weeks: number) => {
    first.value = addDays(first.value, weeks * 7);
  };
  return (
    <section class="part" aria-labelledby="progress-week">
      <div class="part-head">
        <h2 id="progress-week">{first.value === last ? t("progress.thisWeek") : t("progress.week")}</h2>
        <div class="choices">
          <button
            type="button"
            class="button quiet"
            aria-label={t("progress.weekBefore")}
            disabled={first.value <= totals.from}
            onClick={() => move(-1)}
          >
            <Icon name="back" />
          </button>
          <button
            type="button"
            class="button quiet"
            aria-label={t("progress.weekAfter")}
            disabled={first.value >= last}
            onClick={() => move(1)}
          >
            <Icon name="forward" />
          </button>
        </div>
      </div>
      <p role="status">
        {t("progress.weekSum", { range: rangeText(first.value, days[6] ?? first.value), time: studyText(sum) })}
      </p>
      <table class="study-table week">
        <caption class="hidden">{t("progress.weekCaption")}</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">{t("progress.day")}</th>
            <th scope="col">{t("progress.time")}</th>
            <th scope="col">{t("progress.goal")}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((date) => (
            <WeekDay date={date} totals={totals} most={most} key={date} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function WeekDay({ date, totals, most }: ProgressWeekProps & { date: string; most: number }) {
  const seconds = totals.seconds(date);
  const goal = totals.goal(date);
  const isLater = date > totals.today;
  const isReached = seconds >= goal * 60;
  return (
    <tr class={date === totals.today ? "today" : undefined}>
      <th scope="row">
        {longWeekday(date)} <span class="hint">{shortDate(date)}</span>
      </th>
      <td class="amount">
        <ProgressBar value={seconds} most={most} goal={goal * 60} />
        {!isLater && studyText(seconds)}
      </td>
      <td class="goal">
        {isReached && <Icon name="check" />}
        <span class={isReached ? "hidden" : "hint"}>
          {isReached ? t("progress.goalReached") : t("progress.ofGoal", { goal: studyText(goal * 60) })}
        </span>
      </td>
    </tr>
  );
}
