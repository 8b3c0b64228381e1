// @ts-nocheck
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { on } from "../../core/connection";
import { ago, count, moment } from "../../core/format";
import { renamed } from "../../core/names";
import { now } from "../../core/now";
import { user } from "../../core/session";
import { lazy, Nothing } from "../../ui/lazy";
import { EmptyState } from "../../ui/empty-state";
import { StaleNotice, ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { useRovingFocus } from "../../ui/roving-focus";
import { Unsent } from "../messages/unsent-notice";
import { dashboard, lastDesk, myRooms, refresh, unreadTotal } from "./my-rooms";
import { RoomCard } from "./room-card";

const MANY = 10;
/** Milliseconds between two times that the page asks because something happened elsewhere. */
const PAUSE = 10_000;

const Discover = lazy(() => import("./room-lists"), "Discover", Nothing, { ahead: true });

export function Dashboard() {
  const shown = lastDesk;
  const problem = useSignal(null);
  const latest = useRef(0);
  const load = async () => {
    const turn = ++latest.current;
    try {
      const found = await dashboard();
      if (turn !== latest.current) return; // asked again meanwhile
      shown.value = { ...found, at: Date.now() };
      problem.value = null;
    } catch (failed) {
      if (turn === latest.current && failed.code !== "signed_out") problem.value = failed;
    }
  };
  // What the list of rooms learns is news for this page, too. The server makes another one every ten seconds.
  const at = useRef({ last: -Infinity, timer: 0 });
  useEffect(() => {
    const which = (myRooms.value ?? [])
      .map(({ id }) => id)
      .sort()
      .join();
    const wait = which === at.current.which ? at.current.last + PAUSE - Date.now() : 0;
    at.current.which = which;
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      at.current.last = Date.now();
      load();
    };
    clearTimeout(at.current.timer);
    if (wait <= 0) ask();
    else at.current.timer = setTimeout(ask, wait + Math.random() * PAUSE);
  }, [myRooms.value]);
  useEffect(() => () => clearTimeout(at.current.timer), []);
  useEffect(() => void refresh(), []);
  useEffect(() => on("user-updated", (event) => (shown.value = renamed(shown.peek(), event.user))), []);
  return (
    <section class="page">
      <Heading title="Your desk">
        {greeting()}, <bdi>{user.value.firstName}</bdi>.
      </Heading>
      <p class="lead standing">{summary(shown.value)}</p>
      <Unsent />
      <ErrorMessage problem={!shown.value && problem.value} retry={load} />
      {shown.value && problem.value && <StaleNotice at={shown.value.at} problem={problem.value} retry={load} />}
      {shown.value ? <Desk {...shown.value} /> : !problem.value && <Skeleton kind="card" />}
    </section>
  );
}

function Desk({ activeRooms, recentMessages }) {
  const [cards, said] = [useRovingFocus(".card", MANY), useRovingFocus("li > a", MANY)];
  if (!activeRooms.length) {
    return (
      <>
        <EmptyState title="You have no room yet.">
          <p>Open one for your group and send its link around, or join one of those below.</p>
          <p class="choices">
            <a class="button" href="/rooms/new">
              Open a room
            </a>
          </p>
        </EmptyState>
        <Discover />
      </>
    );
  }
  const known = new Map((myRooms.value ?? []).map((room) => [room.id, room]));
  const names = new Map([...known.values(), ...activeRooms].map((room) => [room.id, room.name]));
  return (
    <div class="desk">
      <section aria-labelledby="desk-rooms">
        <header class="row-head">
          <h2 id="desk-rooms">Your rooms</h2>
          <a href="/rooms">All rooms</a>
        </header>
        <ul class="cards" ref={cards}>
          {activeRooms.map((room) => (
            <li key={room.id}>
              <RoomCard room={{ ...room, ...known.get(room.id) }} level="h3" />
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="desk-said">
        <header class="row-head">
          <h2 id="desk-said">Said lately</h2>
        </header>
        {recentMessages.length ? (
          <ol class="lately" ref={said}>
            {recentMessages.map((message) => (
              <Said key={message.id} message={message} room={names.get(message.roomId)} />
            ))}
          </ol>
        ) : (
          <EmptyState title="Nobody has said anything yet.">
            <p>Go into a room and say hello.</p>
          </EmptyState>
        )}
      </section>
    </div>
  );
}

const Said = ({ message, room }) => (
  <li>
    <a href={`/rooms/${message.roomId}`}>
      <span class="byline">
        <b>
          <bdi>{message.sender?.name ?? "The room"}</bdi>
        </b>{" "}
        in <bdi>{room ?? "a room"}</bdi>{" "}
        <time datetime={message.timestamp} title={moment(message.timestamp)}>
          {ago(message.timestamp)}
        </time>
      </span>
      <span class="excerpt" dir="auto">
        {message.content}
      </span>
    </a>
  </li>
);

function greeting(hour = new Date(now()).getHours()) {
  if (hour < 5) return "Still up";
  if (hour < 12) return "Good morning";
  return hour < 18 ? "Good afternoon" : "Good evening";
}

function summary(shown) {
  if (!shown) return "\u00a0";
  const { activeRooms, onlineNow } = shown;
  if (!activeRooms.length) return "Welcome. Let us find you a seat.";
  const people = onlineNow
    ? `${count(onlineNow, "person is", "people are")} in your rooms now`
    : "Nobody is in your rooms just now";
  const unread = myRooms.value ? unreadTotal.value : shown.unreadTotal;
  return unread ? `${people}; ${count(unread, "message")} to read.` : `${people}, and you have read everything.`;
}
