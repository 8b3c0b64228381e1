/** The leaderboard of a room: members who show their study time, by time. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { rooms as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { serverClock } from "../../core/server-clock";
import type { Leaderboard } from "../../core/types";
import { figure, t } from "../../core/words";
import { Avatar } from "../../ui/avatar";
import { Dialog } from "../../ui/dialog";
import { EmptyState } from "../../ui/empty-state";
import { ErrorMessage } from "../../ui/error-message";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import type { RoomSession } from "../room/room-session";
import { MembershipSwitch } from "./membership-switch";
import { secondsAt, studyText } from "./study-time";

type Period = Leaderboard["period"];
type Entry = Leaderboard["me"];

const PERIODS: readonly Period[] = ["day", "week", "month", "all"];
/** Milliseconds after which the list is read again, because others study meanwhile. */
const RELOAD = 60_000;

interface LeaderboardProps {
  room: RoomSession;
  onClose(): void;
}

export function LeaderboardDialog({ room, onClose }: LeaderboardProps): JSX.Element {
  const period = useSignal<Period>("week");
  const { board, problem, load } = useLeaderboard(room.id, period);
  const shown = board.value;
  return (
    <Dialog title={t("focus.leaderboard")} onClose={onClose}>
      <Periods period={period} />
      <ErrorMessage problem={problem.value} retry={load} />
      {shown ? <Entries board={shown} /> : !problem.value && <Skeleton rows={5} />}
      {shown && <Mine board={shown} isShown={room.showsTime.value} />}
      <MembershipSwitch room={room} setting="showOnLeaderboard" onChange={() => void load()} />
    </Dialog>
  );
}

/** The leaderboard of a period, read again each minute. */
function useLeaderboard(roomId: string, period: Signal<Period>) {
  const board = useSignal<Leaderboard | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    const asked = period.value;
    try {
      const found = await api.leaderboard(roomId, { period: asked });
      if (period.value !== asked) return; // another answer is on its way
      board.value = found;
      problem.value = null;
    } catch (failed) {
      if (period.value === asked) problem.value = toApiError(failed);
    }
  };
  useEffect(() => {
    void load();
    const interval = setInterval(() => document.visibilityState === "visible" && void load(), RELOAD);
    return () => clearInterval(interval);
  }, [roomId, period.value]);
  return { board, problem, load };
}

const Periods = ({ period }: { period: Signal<Period> }) => (
  <fieldset class="segments">
    <legend class="hidden">{t("leaderboard.period")}</legend>
    {PERIODS.map((one) => (
      <label key={one}>
        <input
          type="radio"
          name="period"
          value={one}
          checked={period.value === one}
          onChange={() => {
            period.value = one;
          }}
        />
        <span>{t(`leaderboard.${one}`)}</span>
      </label>
    ))}
  </fieldset>
);

function Entries({ board: { entries, me } }: { board: Leaderboard }) {
  if (!entries.length)
    return (
      <EmptyState title={t("leaderboard.empty")}>
        <p class="hint">{t("leaderboard.emptyHint")}</p>
      </EmptyState>
    );
  const isBelow = me.rank !== null && !entries.some(({ user }) => user.id === me.user.id);
  return (
    <table class="leaderboard">
      <caption class="hidden">{t("leaderboard.caption")}</caption>
      <thead class="hidden">
        <tr>
          <th scope="col">{t("leaderboard.rank")}</th>
          <th scope="col">{t("leaderboard.name")}</th>
          <th scope="col">{t("leaderboard.time")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Row entry={entry} isMe={entry.user.id === me.user.id} key={entry.user.id} />
        ))}
      </tbody>
      {isBelow && (
        <tbody>
          <Row entry={me} isMe />
        </tbody>
      )}
    </table>
  );
}

function Row({ entry, isMe }: { entry: Entry; isMe: boolean }) {
  const { id, name } = entry.user;
  return (
    <tr class={isMe ? "me" : undefined}>
      <td class="figures">{figure(entry.rank ?? 0)}</td>
      <th scope="row">
        <span class="leaderboard-name">
          <Avatar id={id} name={name} />
          <span>{isMe ? <Words of="room.you" name={<bdi>{name}</bdi>} /> : <bdi>{name}</bdi>}</span>
        </span>
      </th>
      <td class="figures">{timeOf(entry)}</td>
    </tr>
  );
}

/** The user's own time, if they are not in the list. */
function Mine({ board: { me }, isShown }: { board: Leaderboard; isShown: boolean }) {
  if (me.rank !== null) return null;
  const time = timeOf(me);
  return <p class="leaderboard-mine">{isShown ? t("leaderboard.mine", { time }) : t("leaderboard.mineHidden", { time })}</p>;
}

const timeOf = (entry: Entry): string => studyText(secondsAt(entry, serverClock.now()));
