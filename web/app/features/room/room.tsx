/** An open room: conversation, people, the user's other rooms. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { connection } from "../../core/connection";
import { atClock } from "../../core/format";
import { studyWords } from "../../core/language";
import { user } from "../../core/session";
import type { Message } from "../../core/types";
import { t } from "../../core/words";
import { ErrorBoundary } from "../../ui/error-boundary";
import { lazy, Nothing } from "../../ui/lazy";
import { useMedia, WITH_SIDE } from "../../ui/media";
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
const StudySide = lazy(() => studyWords(() => import("../study/study-side")), "StudySide", StudyOutline, { ahead: true });
const StudyDialog = lazy(() => studyWords(() => import("../study/study-side")), "StudyDialog", Nothing);
const TimerBar = lazy(() => studyWords(() => import("../study/timer-bar")), "TimerBar", Nothing, { isOptional: true });
const MessageActions = lazy(() => import("../messages/message-actions"), "MessageActions", Nothing);

export function Room({ id }: { id: string }): JSX.Element {
  const room = useRoom(id);
  const about = useSignal<Message | null>(null);
  const isStudyShown = useSignal(false);
  const isOpen = room.state.value === "open" || room.state.value === "loading";
  const hasSide = useMedia(WITH_SIDE);
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
          <RoomHead room={room} onStudy={() => (isStudyShown.value = true)} />
        </ErrorBoundary>
        {!hasSide && room.timer.isStarted.value && (
          <ErrorBoundary otherwise={Nothing}>
            <TimerBar room={room} onOpen={() => (isStudyShown.value = true)} />
          </ErrorBoundary>
        )}
        <Messages room={room} openActions={(message) => (about.value = message)} />
        <AsOf room={room} />
        <PresenceToast room={room} />
        <Composer room={room} key={id} />
      </section>
      {hasSide && (
        <div class="room-side">
          <ErrorBoundary>
            <StudySide room={room} />
          </ErrorBoundary>
          <aside aria-label={t("room.people")}>
            <ErrorBoundary>
              <People room={room} />
            </ErrorBoundary>
          </aside>
        </div>
      )}
      {!hasSide && isStudyShown.value && <StudyDialog room={room} onClose={() => (isStudyShown.value = false)} />}
      {about.value && <MessageActions room={room} message={about.value} onClose={() => (about.value = null)} />}
    </div>
  );
}

/** The height of an idle timer, so that the people below do not jump. */
function StudyOutline() {
  return <div class="study-side outline" />;
}

/** The room of this id, shown by this view: what is on a visible screen is read. */
function useRoom(id: string): RoomSession {
  const room = useMemo(() => sessionOf(id), [id]);
  // before the next view is drawn, which may follow at once
  useLayoutEffect(() => {
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
