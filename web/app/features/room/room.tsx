/** An open room: conversation, people, the user's other rooms. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { connection } from "../../core/connection";
import { atClock } from "../../core/format";
import { user } from "../../core/session";
import type { Message } from "../../core/types";
import { t } from "../../core/words";
import { ErrorBoundary } from "../../ui/error-boundary";
import { lazy, Nothing } from "../../ui/lazy";
import { Skeleton } from "../../ui/skeleton";
import { Composer } from "../messages/composer";
import { MessageList } from "../messages/message-list";
import { roomOnPage } from "../messages/unsent-text";
import { registerView, sessionOf } from "./current-room";
import { PresenceToast } from "./presence-toast";
import { RoomHead } from "./room-head";
import type { RoomSession } from "./room-session";

const RoomGate = lazy(() => import("./room-gate"), "RoomGate", Nothing, { ahead: true });
const People = lazy(() => import("./people"), "People", Nothing, { ahead: true });
const MessageActions = lazy(() => import("../messages/message-actions"), "MessageActions", Nothing);

export function Room({ id }: { id: string }): JSX.Element {
  const room = useRoom(id);
  const about = useSignal<Message | null>(null);
  const isOpen = room.state.value === "open" || room.state.value === "loading";
  useEffect(() => {
    roomOnPage.value = isOpen ? id : null;
    return () => {
      roomOnPage.value = null;
    };
  }, [id, isOpen]);
  if (!isOpen) return <RoomGate room={room} />;
  return (
    <div class="room">
      <section class="conversation" aria-label={t("room.conversation")}>
        <ErrorBoundary>
          <RoomHead room={room} />
        </ErrorBoundary>
        <Messages room={room} openActions={(message) => (about.value = message)} />
        <AsOf room={room} />
        <PresenceToast room={room} />
        <Composer room={room} key={id} />
      </section>
      <aside class="people-side" aria-label={t("room.people")}>
        <ErrorBoundary>
          <People room={room} />
        </ErrorBoundary>
      </aside>
      {about.value && <MessageActions room={room} message={about.value} onClose={() => (about.value = null)} />}
    </div>
  );
}

/** The room of this id, shown by this view: what is on a visible screen is read. */
function useRoom(id: string): RoomSession {
  const room = useMemo(() => sessionOf(id), [id]);
  useEffect(() => {
    const markRead = () => room.markRead();
    document.addEventListener("visibilitychange", markRead);
    const hide = registerView(room);
    return () => {
      document.removeEventListener("visibilitychange", markRead);
      hide();
    };
  }, [room]);
  return room;
}

interface MessagesProps {
  room: RoomSession;
  openActions(message: Message): void;
}

function Messages({ room, openActions }: MessagesProps) {
  if (user.value && (room.state.value === "open" || room.epoch))
    return (
      <ErrorBoundary>
        <MessageList room={room} me={user.value} openActions={openActions} />
      </ErrorBoundary>
    );
  return (
    <div class="log">
      <Skeleton rows={6} kind="indented" />
      {connection.value === "lost" && (
        <p class="hint" role="status">
          {t("room.offline")}
        </p>
      )}
    </div>
  );
}

/** Since when the room may not be current; a moment's absence is not worth a notice. */
function AsOf({ room: { asOf, state } }: { room: RoomSession }) {
  const isOffline = connection.value !== "online" && !navigator.onLine;
  if (!asOf.value || (state.value !== "loading" && !isOffline)) return null;
  return (
    <p class="hint as-of" role="status">
      {t("room.shownAsOf", { time: atClock(asOf.value) })}
    </p>
  );
}
