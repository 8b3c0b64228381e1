/** Heat map of a year: a table with a row for each day of the week, and a column for each week. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../../core/words";
import { daysFrom, levelOf, longDate, longWeekday, monthStarting, shortDate, shortWeekday, weeksUntil } from "./progress-days";
import type { DayTotals } from "./progress-stats";
import { studyText } from "./study-time";

const LEVELS = [0, 1, 2, 3, 4];

export function ProgressYear({ totals }: { totals: DayTotals }) {
  const scrolled = useRef<HTMLDivElement>(null);
  const weeks = weeksUntil(totals.today, totals.weekStartsOn);
  const [first = totals.today] = weeks;
  useEffect(() => {
    // on a small screen, the newest weeks are the first to be seen
    const box = scrolled.current;
    if (box) box.scrollLeft = getComputedStyle(box).direction === "rtl" ? -box.scrollWidth : box.scrollWidth;
  }, []);
  return (
    <section class="part" aria-labelledby="progress-year">
      <h2 id="progress-year">{t("progress.year")}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls has to be reached by the keyboard */}
      <div class="heat-scroll" role="region" aria-labelledby="progress-year" tabIndex={0} ref={scrolled}>
        <table class="heat-map">
          <caption class="hidden">{t("progress.yearCaption")}</caption>
          <thead>
            <tr>
              <td></td>
              {weeks.map((week) => (
                <th scope="col" key={week}>
                  <span class="hidden">{t("progress.weekFrom", { date: shortDate(week) })}</span>
                  <span class="month" aria-hidden="true">
                    {monthStarting(week)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {daysFrom(first).map((_, day) => (
              <tr key={shortWeekday(daysFrom(first)[day] ?? first)}>
                <th scope="row">
                  <span aria-hidden="true">{shortWeekday(daysFrom(first)[day] ?? first)}</span>
                  <span class="hidden">{longWeekday(daysFrom(first)[day] ?? first)}</span>
                </th>
                {weeks.map((week) => (
                  <Cell date={daysFrom(week)[day] ?? week} totals={totals} key={week} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Legend />
    </section>
  );
}

function Cell({ date, totals }: { date: string; totals: DayTotals }) {
  if (date > totals.today) return <td></td>;
  const seconds = totals.seconds(date);
  return (
    <td class={`heat level-${levelOf(seconds, totals.goal(date))}`} title={`${longDate(date)}: ${studyText(seconds)}`}>
      <span class="hidden">{studyText(seconds)}</span>
    </td>
  );
}

const Legend = () => (
  <p class="heat-legend hint" aria-hidden="true">
    {t("progress.less")}
    {LEVELS.map((level) => (
      <span class={`heat level-${level}`} key={level}></span>
    ))}
    {t("progress.more")}
  </p>
);
