/** Study time by room and by task. */

import type { ComponentChildren } from "preact";
import type { FocusStats } from "../../core/types";
import { t } from "../../core/words";
import { ProgressBar } from "./progress-bar";
import { type StudyTime, secondsAt, studyText } from "./study-time";

interface Part extends StudyTime {
  readonly key: string;
  readonly label: ComponentChildren;
}

export const ProgressSplit = ({ stats, at }: { stats: FocusStats; at: number }) => (
  <div class="study-split">
    <Split
      id="progress-rooms"
      title={t("progress.byRoom")}
      column={t("progress.room")}
      at={at}
      parts={stats.byRoom.map((part) => ({ ...part, key: part.roomId ?? "", label: <RoomLabel {...part} /> }))}
    />
    {stats.byTask.some(({ taskId }) => taskId) && (
      <Split
        id="progress-tasks"
        title={t("progress.byTask")}
        column={t("progress.task")}
        at={at}
        parts={stats.byTask.map((part) => ({
          ...part,
          key: part.taskId ?? "",
          label: part.title ? <bdi>{part.title}</bdi> : t("progress.noTask"),
        }))}
      />
    )}
  </div>
);

function RoomLabel({ roomId, name }: FocusStats["byRoom"][number]) {
  if (!roomId) return <>{t("progress.noRoom")}</>;
  if (!name) return <>{t("progress.formerRoom")}</>;
  return (
    <a href={`/rooms/${roomId}`}>
      <bdi>{name}</bdi>
    </a>
  );
}

interface SplitProps {
  id: string;
  title: string;
  column: string;
  parts: readonly Part[];
  at: number;
}

function Split({ id, title, column, parts, at }: SplitProps) {
  const most = Math.max(0, ...parts.map((part) => secondsAt(part, at)));
  return (
    <section class="part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <table class="study-table" aria-labelledby={id}>
        <thead class="hidden">
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">{t("progress.time")}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part.key}>
              <th scope="row">{part.label}</th>
              <td class="amount">
                <ProgressBar value={secondsAt(part, at)} most={most} />
                {studyText(secondsAt(part, at))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
