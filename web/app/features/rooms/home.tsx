/** First view of a user: study time, due tasks, who is studying, what comes next, recent messages. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dashboard } from "../../core/api";
import { on } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { studyWords } from "../../core/language";
import { renamed } from "../../core/names";
import { now } from "../../core/now";
import { user } from "../../core/session";
import type { Dashboard, StudyingNow } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { ErrorMessage, StaleNotice } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { lazy, Nothing } from "../../ui/lazy";
import { useMedia, WIDE } from "../../ui/media";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { Unsent } from "../messages/unsent-notice";
import { TasksDue } from "../study/tasks-due";
import { useNewDay } from "../study/use-new-day";
import { lastHome, myRooms, refresh, unreadTotal } from "./my-rooms";
import { RecentMessages } from "./recent-messages";
import { RoomRows, type RowRoom } from "./room-row";

/** Items of a list from which on it is one stop of the Tab key. */
const LONG_LIST = 10;
const MAX_ROOMS = 8;
/** Milliseconds between two requests because of changes elsewhere. */
const RELOAD_INTERVAL = 10_000;

const HomeStudy = lazy(() => studyWords(() => import("../study/home-study")), "HomeStudy", StudyOutline, { isOptional: true });
const NextSessions = lazy(() => studyWords(() => import("../study/next-sessions")), "NextSessions", Nothing, {
  isOptional: true,
});
const Discover = lazy(() => import("./room-lists"), "Discover", Nothing, { ahead: true });

/** The place of the card: what is below it does not move when it arrives. */
function StudyOutline() {
  return <div class="focus-card outline" aria-hidden="true" />;
}

export function Home(): JSX.Element {
  const { shown, problem, load } = useDashboard();
  const isNew = shown?.activeRooms.length === 0;
  return (
    <section class="page">
      <header class="page-head">
        <div>
          <Heading title={t("rooms.home")}>
            <Words of={greeting()} name={<bdi>{user.value?.firstName}</bdi>} />
          </Heading>
          <p class="lead">{shown ? summary(shown) : "\u00a0"}</p>
        </div>
        <a class={`button ${isNew ? "primary" : ""}`} href="/rooms/new">
          {t("rooms.create")}
        </a>
      </header>
      <Unsent />
      {problem && !shown && <ErrorMessage problem={problem} retry={load} />}
      {problem && shown && <StaleNotice at={shown.at} problem={problem} retry={load} />}
      {shown && <HomeStudy {...shown} />}
      {isNew && <NewcomerHome />}
      {shown && !isNew && <Overview {...shown} />}
      {!shown && !problem && <Skeleton rows={4} />}
    </section>
  );
}

/** The dashboard, loaded anew while the list of rooms changes. */
function useDashboard() {
  const shown = lastHome;
  const problem = useSignal<ApiError | null>(null);
  const latest = useRef(0);
  const load = async () => {
    const turn = ++latest.current;
    try {
      const found = await dashboard();
      if (turn !== latest.current) return; // a later request is under way
      shown.value = { ...found, at: Date.now() };
      problem.value = null;
    } catch (error) {
      const failed = toApiError(error);
      if (turn === latest.current && failed.code !== "signed_out") problem.value = failed;
    }
  };
  useReload(load);
  useNewDay(load);
  useEffect(() => void refresh(), []);
  useEffect(() => on("focus-updated", () => void load()), []);
  useEffect(() => on("tasks-updated", () => void load()), []);
  useEffect(
    () =>
      on("user-updated", (event) => {
        shown.value = renamed(shown.peek(), event.user);
      }),
    [],
  );
  return { shown: shown.value, problem: problem.value, load };
}

/** Call `load` at once for other rooms, and at most every ten seconds for changes of the same ones: the server makes no newer answer. */
function useReload(load: () => Promise<void>) {
  const state = useRef({ last: Number.NEGATIVE_INFINITY, timer: 0, ids: "" });
  useEffect(() => {
    const ids = (myRooms.value ?? [])
      .map(({ id }) => id)
      .sort()
      .join();
    const wait = ids === state.current.ids ? state.current.last + RELOAD_INTERVAL - Date.now() : 0;
    state.current.ids = ids;
    const reload = () => {
      if (document.visibilityState !== "visible") return;
      state.current.last = Date.now();
      void load();
    };
    clearTimeout(state.current.timer);
    if (wait <= 0) reload();
    else state.current.timer = setTimeout(reload, wait + Math.random() * RELOAD_INTERVAL);
  }, [myRooms.value]);
  useEffect(() => () => clearTimeout(state.current.timer), []);
}

const NewcomerHome = () => (
  <>
    <EmptyState title={t("rooms.none")}>
      <p>{t("rooms.noneHint")}</p>
    </EmptyState>
    <Discover />
  </>
);

function Overview({ activeRooms, recentMessages, tasksDue, studyingNow, upcomingSessions }: Dashboard) {
  const rooms: readonly RowRoom[] = myRooms.value ?? activeRooms;
  const names = new Map([...rooms, ...activeRooms].map((room) => [room.id, room.name]));
  return (
    <div class="home-columns">
      <div class="home-column">
        <TasksDue tasks={tasksDue} />
        <ActiveRooms rooms={rooms} studying={studyingNow} />
      </div>
      <div class="home-column">
        <NextSessions sessions={upcomingSessions} />
        <section aria-labelledby="home-messages">
          <h2 id="home-messages">{t("rooms.recentMessages")}</h2>
          <RecentMessages messages={recentMessages} names={names} oneStopFrom={LONG_LIST} />
        </section>
      </div>
    </div>
  );
}

interface ActiveRoomsProps {
  rooms: readonly RowRoom[];
  studying: readonly StudyingNow[];
}

/** Rooms with people in them; below these, in narrow windows, other rooms with unread messages: the sidebar shows them in wide ones. */
function ActiveRooms({ rooms, studying }: ActiveRoomsProps) {
  const isWide = useMedia(WIDE);
  const busy = rooms.filter(({ activeMembers }) => activeMembers > 0);
  const unread = isWide ? [] : rooms.filter((room) => room.unread && !room.activeMembers);
  return (
    <>
      <section aria-labelledby="home-rooms">
        <h2 id="home-rooms">{t("rooms.hereNow")}</h2>
        {busy.length ? (
          <RoomRows rooms={busy.slice(0, MAX_ROOMS)} isBrief oneStopFrom={LONG_LIST} studying={studying} />
        ) : (
          <EmptyState title={t("rooms.quiet")}>
            <p>{t("rooms.quietHint")}</p>
          </EmptyState>
        )}
      </section>
      {unread.length > 0 && (
        <section aria-labelledby="home-unread">
          <h2 id="home-unread">{t("rooms.unread")}</h2>
          <RoomRows rooms={unread.slice(0, MAX_ROOMS)} isBrief oneStopFrom={LONG_LIST} />
        </section>
      )}
    </>
  );
}

function greeting(hour = new Date(now()).getHours()) {
  if (hour < 5) return "rooms.helloNight";
  if (hour < 12) return "rooms.helloMorning";
  return hour < 18 ? "rooms.helloAfternoon" : "rooms.helloEvening";
}

function summary({ activeRooms, onlineNow, unreadTotal: unreadThen }: Dashboard): string {
  if (!activeRooms.length) return t("rooms.welcome");
  const unread = myRooms.value ? unreadTotal.value : unreadThen;
  const presence = onlineNow ? t("rooms.onlineNow", { count: onlineNow }) : t("rooms.nobodyOnline");
  return `${presence} ${unread ? t("rooms.unreadNow", { count: unread }) : t("rooms.allRead")}`;
}
