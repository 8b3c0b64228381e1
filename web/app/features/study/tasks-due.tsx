/** Tasks that are late or due today, at home. */

import { date } from "../../core/format";
import type { Task } from "../../core/types";
import { t } from "../../core/words";
import { studyToday } from "./study-days";

const MAX_LISTED = 5;

/** The tasks whose date has come; nothing if there are none. */
export function TasksDue({ tasks }: { tasks: readonly Task[] }) {
  const today = studyToday();
  const due = tasks.filter(({ dueOn }) => dueOn && dueOn <= today);
  if (!due.length) return null;
  return (
    <section aria-labelledby="home-tasks">
      <h2 id="home-tasks">{t("rooms.tasksDue")}</h2>
      <ul class="home-tasks">
        {due.slice(0, MAX_LISTED).map(({ id, title, dueOn }) => (
          <li key={id}>
            <a href="/tasks">
              <span class="task-title" dir="auto">
                {title}
              </span>
              {dueOn && dueOn < today && (
                <span class="task-facts">
                  <span class="late">{t("rooms.taskLate", { date: date(`${dueOn}T12:00:00`) })}</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      {due.length > MAX_LISTED && (
        <p>
          <a href="/tasks">{t("rooms.allTasks")}</a>
        </p>
      )}
    </section>
  );
}
