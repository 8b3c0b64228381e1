/** View of the user's study time: today, streak, week, year, rooms and tasks. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { focus } from "../../core/api";
import { on } from "../../core/connection";
import { download } from "../../core/download";
import { dateStamp } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { now } from "../../core/now";
import { user } from "../../core/session";
import type { FocusStats } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { ErrorMessage, StaleNotice } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { AddSession } from "./add-session";
import { ProgressBar } from "./progress-bar";
import { ProgressSessions } from "./progress-sessions";
import { ProgressSplit } from "./progress-split";
import { type DayTotals, dayTotals } from "./progress-stats";
import { ProgressWeek } from "./progress-week";
import { ProgressYear } from "./progress-year";
import { useSessions } from "./session-list";
import { studyText } from "./study-time";
import { useNewDay } from "./use-new-day";

/** An answer, and how far the clock of the server is ahead of this one, in milliseconds. */
interface Shown {
  readonly stats: FocusStats;
  readonly at: number;
  readonly ahead: number;
}

export function Progress() {
  const { shown, problem, load } = useStats();
  const list = useSessions();
  const isAdding = useSignal(false);
  const status = useSignal("");
  const added = (text: string) => {
    status.value = text;
    void list.load();
  };
  return (
    <section class="page progress">
      <header class="page-head">
        <Heading title={t("progress.title")} />
        <div class="choices">
          <button type="button" class="button" onClick={() => (isAdding.value = true)}>
            {t("focus.addTitle")}
          </button>
          <CsvButton />
        </div>
      </header>
      <p role="status" class={status.value ? "form-status" : "hidden"}>
        {status.value}
      </p>
      {problem && !shown && <ErrorMessage problem={problem} retry={load} />}
      {problem && shown && <StaleNotice at={shown.at} problem={problem} retry={load} />}
      {shown && <Overview {...shown} />}
      {shown && <ProgressSessions list={list} />}
      {!shown && !problem && <Skeleton rows={4} />}
      {isAdding.value && <AddSession sessions={list.sessions} onAdd={added} onClose={() => (isAdding.value = false)} />}
    </section>
  );
}

/** The totals of a year, loaded anew when study time changes elsewhere and when a day begins. */
function useStats() {
  const shown = useSignal<Shown | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const latest = useRef(0);
  const load = async () => {
    const turn = ++latest.current;
    try {
      const stats = await focus.stats();
      if (turn !== latest.current) return; // a later request is under way
      shown.value = { stats, at: Date.now(), ahead: Date.parse(stats.serverTime) - Date.now() };
      problem.value = null;
    } catch (error) {
      if (turn === latest.current) problem.value = toApiError(error);
    }
  };
  useEffect(() => void load(), []);
  useEffect(() => on("focus-updated", () => void load()), []);
  useNewDay(load);
  return { shown: shown.value, problem: problem.value, load };
}

function Overview({ stats, ahead }: Shown) {
  const { dailyGoal = 60, weekStartsOn = "monday" } = user.value ?? {};
  const at = now() + ahead;
  const totals = dayTotals(stats, { dailyGoal, weekStartsOn }, at);
  const isEmpty = stats.days.every(({ date }) => totals.seconds(date) === 0);
  return (
    <>
      <Today stats={stats} totals={totals} />
      {isEmpty ? (
        <EmptyState title={t("progress.none")}>
          <p>{t("progress.noneHint")}</p>
        </EmptyState>
      ) : (
        <>
          <ProgressWeek totals={totals} />
          <ProgressYear totals={totals} />
          <ProgressSplit stats={stats} at={at} />
        </>
      )}
    </>
  );
}

function Today({ stats, totals }: { stats: FocusStats; totals: DayTotals }) {
  const seconds = totals.seconds(stats.today);
  const goal = totals.goal(stats.today) * 60;
  return (
    <dl class="amounts study-amounts">
      <div>
        <dt>{t("progress.todayOf", { goal: studyText(goal) })}</dt>
        <dd>
          {studyText(seconds)}
          <ProgressBar value={seconds} most={goal} goal={goal} />
        </dd>
      </div>
      <div>
        <dt>{t("progress.streak", { best: t("progress.days", { count: stats.bestStreak }) })}</dt>
        <dd>{t("progress.days", { count: stats.streak })}</dd>
      </div>
      <div>
        <dt>{t("progress.goalDays")}</dt>
        <dd>{t("progress.days", { count: stats.goalDays })}</dd>
      </div>
    </dl>
  );
}

function CsvButton() {
  const { busy, problem, submit } = useForm(async () => download(await focus.csv(), `studyhall-${dateStamp()}.csv`));
  return (
    <form onSubmit={submit}>
      <ErrorMessage problem={problem} />
      <Submit busy={busy} busyLabel={t("progress.downloading")}>
        {t("progress.downloadCsv")}
      </Submit>
    </form>
  );
}
