/** The next scheduled sessions in the user's rooms, at home. */

import type { JSX } from "preact";
import { day, time } from "../../core/format";
import { now } from "../../core/now";
import type { UpcomingSession } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { Icon } from "../../ui/icon";

export function NextSessions({ sessions }: { sessions: readonly UpcomingSession[] }): JSX.Element {
  const left = sessions.filter(({ endsAt }) => Date.parse(endsAt) > now());
  return (
    <section aria-labelledby="home-next">
      <h2 id="home-next">{t("next.title")}</h2>
      {left.length ? (
        <ul class="next-sessions">
          {left.map((session) => (
            <NextSession key={session.id} session={session} />
          ))}
        </ul>
      ) : (
        <EmptyState title={t("next.none")}>
          <p>{t("next.noneHint")}</p>
        </EmptyState>
      )}
    </section>
  );
}

function NextSession({ session: { roomId, roomName, title, startsAt, endsAt, isGoing } }: { session: UpcomingSession }) {
  return (
    <li>
      <a href={`/rooms/${roomId}?schedule`}>
        <span class="next-when figures">
          {Date.parse(startsAt) <= now() ? (
            t("next.running", { time: time(endsAt) })
          ) : (
            <time dateTime={startsAt}>{t("next.when", { day: day(startsAt), start: time(startsAt), end: time(endsAt) })}</time>
          )}
        </span>
        <span class="next-title" dir="auto">
          {title || t("schedule.untitled")}
        </span>
        <span class="next-facts">
          <bdi>{roomName}</bdi>
          {isGoing && (
            <span class="next-going">
              <Icon name="check" />
              {t("next.going")}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
