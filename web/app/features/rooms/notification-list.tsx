/** Notices of events in other rooms. Each goes after some seconds, but not while it is hovered, focused, or the tab is hidden. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { clock, names } from "../../core/format";
import { isAdmin } from "../../core/permissions";
import { type Key, t } from "../../core/words";
import { Name } from "../../ui/name";
import { Words } from "../../ui/words";
import { dismissNotification, type Notice, notifications } from "./notifications";

/** Milliseconds for which a notice is shown. */
const SHOWN_FOR = 6_000;
/** Notices of a loss, perhaps during an absence: they remain until they are dismissed. */
const LASTING: readonly Notice["type"][] = ["room-ended", "scheduled-session-soon", "task-cleared"];

const ENDED: { readonly [reason: string]: Key } = {
  removed: "rooms.noticeRemoved",
  banned: "rooms.noticeBanned",
  left: "rooms.noticeLeft",
  ended: "rooms.noticeEnded",
  deleted: "rooms.noticeDeleted",
  gone: "rooms.noticeGone",
};

type Sentence = (item: Notice) => JSX.Element | null;

const SENTENCES: { readonly [type in Notice["type"]]: Sentence } = {
  "member-joined": (item) =>
    item.users.length ? (
      <Words of="rooms.noticeJoined" count={item.users.length} names={userNames(item)} room={roomLink(item)} />
    ) : (
      <Words of="rooms.noticeNewMember" room={roomLink(item)} />
    ),
  muted: (item) => <Words of="rooms.noticeMuted" room={roomLink(item)} time={item.until ? clock(item.until) : ""} />,
  unmuted: (item) => <Words of="rooms.noticeUnmuted" room={roomLink(item)} />,
  "role-changed": (item) => (
    <Words of={item.role === "moderator" ? "rooms.noticeModerator" : "rooms.noticeMember"} room={roomLink(item)} />
  ),
  "message-reported": (item) =>
    item.number === 1 && item.users.length ? (
      <Words of="rooms.noticeReportBy" name={userNames(item)} room={roomName(item)} link={reportsLink(item)} />
    ) : (
      <Words of="rooms.noticeReports" count={item.number} room={roomName(item)} link={reportsLink(item)} />
    ),
  "room-reported": (item) => <Words of="rooms.noticeRoomReported" room={roomName(item)} link={reportsLink(item)} />,
  "user-reported": (item) => <Words of="rooms.noticeMemberReported" room={roomName(item)} link={reportsLink(item)} />,
  "room-handed-over": (item) =>
    item.users.length ? (
      <Words of="rooms.noticeTransferredBy" name={userNames(item)} room={roomLink(item)} />
    ) : (
      <Words of="rooms.noticeTransferred" room={roomLink(item)} />
    ),
  "scheduled-session-soon": (item) => (
    <Words
      of={item.title ? "rooms.noticeSoonTitle" : "rooms.noticeSoon"}
      title={<Name of={item.title ?? ""} />}
      room={roomLink(item)}
      time={item.startsAt ? clock(item.startsAt) : ""}
    />
  ),
  "task-cleared": (item) =>
    item.number === 1 ? (
      <Words of="rooms.noticeTaskCleared" title={<Name of={item.title ?? ""} />} room={roomLink(item)} />
    ) : (
      <Words of="rooms.noticeTasksCleared" count={item.number} room={roomLink(item)} />
    ),
  "room-ended": (item) => {
    const key = ENDED[item.reason ?? ""];
    return key ? <Words of={key} room={roomName(item)} /> : null;
  },
  "room-deleted": (item) =>
    item.users.length ? (
      <Words of="rooms.noticeDeletedBy" name={userNames(item)} room={roomName(item)} />
    ) : (
      <Words of="rooms.noticeDeleted" room={roomName(item)} />
    ),
};

const roomName = ({ roomName: name }: Notice) => <Name of={name} />;

const roomLink = ({ roomId, roomName: name }: Notice) => (
  <a href={`/rooms/${roomId}`}>
    <bdi>{name}</bdi>
  </a>
);

const userNames = ({ users }: Notice) => <Name of={users.length === 1 ? (users[0]?.name ?? "") : names(users, 2)} />;

const reportsLink =
  ({ roomId }: Notice) =>
  (words: ComponentChildren) => <a href={isAdmin() ? "/admin" : `/rooms/${roomId}/moderation`}>{words}</a>;

export const NotificationList = (): JSX.Element => (
  <>
    {notifications.value.map((item) => {
      const sentence = SENTENCES[item.type];
      return sentence && <NotificationItem key={item.key} item={item} sentence={sentence} />;
    })}
  </>
);

interface NotificationItemProps {
  item: Notice;
  sentence: Sentence;
}

function NotificationItem({ item, sentence }: NotificationItemProps) {
  const isHeld = useSignal(false);
  const isVisible = useVisibility();
  const isPaused = isHeld.value || !isVisible;
  const dismiss = () => dismissNotification(item.key);
  useEffect(() => {
    if (isPaused || LASTING.includes(item.type)) return;
    const timer = setTimeout(() => isHeld.peek() || dismiss(), SHOWN_FOR); // held since, and not drawn again yet
    return () => clearTimeout(timer);
  }, [item.at, isPaused]);
  const hold = () => {
    isHeld.value = true;
  };
  const release = () => {
    isHeld.value = false;
  };
  return (
    <div class="notice" onPointerEnter={hold} onPointerLeave={release} onFocusIn={hold} onFocusOut={release}>
      <p>{sentence(item)}</p>
      <button type="button" class="button quiet" onClick={dismiss}>
        {t("rooms.dismiss")}
      </button>
    </div>
  );
}

/** True while the tab is visible. */
function useVisibility(): boolean {
  const isVisible = useSignal(document.visibilityState === "visible");
  useEffect(() => {
    const update = () => {
      isVisible.value = document.visibilityState === "visible";
    };
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return isVisible.value;
}
