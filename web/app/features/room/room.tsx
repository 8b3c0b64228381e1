// @ts-nocheck
/** A room that one is in: the conversation, who is here, and the way to one's other rooms. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { connection } from "../../core/connection";
import { atClock, figure, names } from "../../core/format";
import { go, route } from "../../core/router";
import { user } from "../../core/session";
import { ErrorBoundary } from "../../ui/error-boundary";
import { Icon } from "../../ui/icon";
import { lazy, Nothing } from "../../ui/lazy";
import { Dialog } from "../../ui/dialog";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { StatusDots } from "../../ui/status-dot";
import { Composer } from "../messages/composer";
import { MessageList } from "../messages/message-list";
import { roomOnPage } from "../messages/unsent-text";
import { myRooms } from "../rooms/my-rooms";
import { show, visit } from "./current-room";
import { Whisper } from "./presence-toast";

const Door = lazy(() => import("./room-gate"), "Door", Nothing, { ahead: true });
const People = lazy(() => import("./people"), "People", Nothing, { ahead: true });
const MessageActions = lazy(() => import("../messages/message-actions"), "MessageActions", Nothing);
const Invite = lazy(() => import("./invite-dialog"), "Invite", Nothing);

export function Room({ id }) {
  const room = useMemo(() => visit(id), [id]);
  useEffect(() => {
    const seen = () => room.markRead();
    document.addEventListener("visibilitychange", seen);
    const hide = show(room);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      hide();
    };
  }, [room]);
  const about = useSignal(null);
  const state = room.state.value;
  const isOpen = ["open", "loading"].includes(state);
  useEffect(() => {
    roomOnPage.value = isOpen ? id : null;
    return () => (roomOnPage.value = null);
  }, [id, isOpen]);
  if (!isOpen) return <Door room={room} />;
  // a moment's absence is not worth a word
  const isOld = room.asOf.value && (state === "loading" || (connection.value !== "online" && !navigator.onLine));
  return (
    <div class="room">
      <section class="conversation" aria-label="Conversation">
        <ErrorBoundary>
          <Head room={room} />
        </ErrorBoundary>
        {state === "open" || room.epoch ? (
          <ErrorBoundary>
            <MessageList room={room} me={user.value} openActions={(message) => (about.value = message)} />
          </ErrorBoundary>
        ) : (
          <div class="log">
            <Skeleton rows={6} kind="talk" />
            {connection.value === "lost" && (
              <p class="hint" role="status">
                The messages come when the connection is back.
              </p>
            )}
          </div>
        )}
        {isOld && (
          <p class="hint as-of" role="status">
            Shown as it was {atClock(room.asOf.value)}.
          </p>
        )}
        <Whisper room={room} />
        <Composer room={room} key={id} />
      </section>
      <aside class="people-side" aria-label="People">
        <ErrorBoundary>
          <People room={room} />
        </ErrorBoundary>
      </aside>
      {about.value && <MessageActions room={room} message={about.value} onClose={() => (about.value = null)} />}
    </div>
  );
}

function Head({ room }) {
  const { query, path } = route.value;
  const shows = useSignal(query.has("invite") ? "invite" : null);
  const info = room.info.value ?? myRooms.value?.find((known) => known.id === room.id);
  const people = room.presence.people.value;
  const close = () => (shows.value = null);
  useEffect(() => {
    if (query.has("invite")) go(path, { replace: true }); // offered once, not at every reload
  }, []);
  return (
    <header class="room-head">
      <a class="back" href="/rooms" aria-label="Back to the rooms">
        <Icon name="back" />
      </a>
      <div class="room-title">
        <Heading title={info?.name ?? "Room"}>{info?.name ?? "\u00a0"}</Heading>
        <p class="room-sub">
          {info?.subject ? <span dir="auto">{info.subject}</span> : null}
          <span class="room-here">{people.length ? `${names(people, 2)} here` : "\u00a0"}</span>
        </p>
      </div>
      <div class="room-tools">
        <button type="button" class="button plain people-button" onClick={() => (shows.value = "people")}>
          <StatusDots people={people} most={3} />
          <span>
            <span class="figures">{figure(people.length)}</span> here
          </span>
        </button>
        <button type="button" class="button plain" onClick={() => (shows.value = "invite")}>
          Invite
        </button>
      </div>
      {shows.value === "people" && (
        <Dialog title="Who is here" class="drawer" onClose={close}>
          <People room={room} />
        </Dialog>
      )}
      {shows.value === "invite" && info && <Invite room={info} onClose={close} />}
    </header>
  );
}
