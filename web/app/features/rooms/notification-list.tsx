// @ts-nocheck
/** Notices of events in other rooms. Each goes by itself, but not while it has the pointer or the focus, or the tab is hidden. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, count, names } from "../../core/format";
import { isAdmin } from "../../core/permissions";
import { dismissNotification, notifications } from "./notifications";

const SHOWN_FOR = 6_000;

const isVisible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => (isVisible.value = document.visibilityState === "visible"));

const room = ({ roomId, roomName }) => (
  <a href={`/rooms/${roomId}`}>
    <bdi>{roomName}</bdi>
  </a>
);
const who = ({ users }) => (
  <b>
    <bdi>{users.length === 1 ? users[0].name : names(users, 2)}</bdi>
  </b>
);
const reports = ({ roomId }, words) => <a href={isAdmin() ? "/admin" : `/rooms/${roomId}/moderation`}>{words}</a>;

const ENDED = {
  removed: (room) => <>You were removed from {room}.</>,
  banned: (room) => <>You were banned from {room}.</>,
  left: (room) => <>You left {room} in another tab or on another device.</>,
  ended: (room) => <>You are no longer a member of {room}.</>,
  deleted: (room) => <>{room} was deleted.</>,
  gone: (room) => <>{room} is not open to you any more: it was deleted, or you are no longer a member.</>,
};
/** Notices of a loss, perhaps during an absence: they remain until they are dismissed. */
const LASTS = ["room-ended"];

const WORDS = {
  "member-joined": (item) =>
    item.users.length ? (
      <>
        {who(item)} joined {room(item)}.
      </>
    ) : (
      <>{room(item)} has a new member.</>
    ),
  muted: (item) => (
    <>
      You cannot write in {room(item)} until {clock(item.until)}.
    </>
  ),
  unmuted: (item) => <>You may write in {room(item)} again.</>,
  "role-changed": (item) =>
    item.role === "moderator" ? (
      <>You are a moderator of {room(item)} now.</>
    ) : (
      <>You are a member of {room(item)} now, and no moderator any more.</>
    ),
  "message-reported": (item) =>
    item.number === 1 && item.users.length ? (
      <>
        {who(item)} reported a message in{" "}
        <b>
          <bdi>{item.roomName}</bdi>
        </b>
        : {reports(item, "look after it")}.
      </>
    ) : (
      <>
        {count(item.number, "message was", "messages were")} reported in{" "}
        <b>
          <bdi>{item.roomName}</bdi>
        </b>
        : {reports(item, "look after them")}.
      </>
    ),
  "room-reported": (item) => (
    <>
      The room{" "}
      <b>
        <bdi>{item.roomName}</bdi>
      </b>{" "}
      was reported: {reports(item, "look after it")}.
    </>
  ),
  "user-reported": (item) => (
    <>
      A member of{" "}
      <b>
        <bdi>{item.roomName}</bdi>
      </b>{" "}
      was reported: {reports(item, "look after it")}.
    </>
  ),
  "room-handed-over": (item) =>
    item.users.length ? (
      <>
        {who(item)} handed {room(item)} over to you.
      </>
    ) : (
      <>{room(item)} is yours now.</>
    ),
  "room-ended": ({ roomName, reason }) =>
    ENDED[reason]?.(
      <b>
        <bdi>{roomName}</bdi>
      </b>,
    ),
  "room-deleted": (item) => (
    <>
      <b>
        <bdi>{item.roomName}</bdi>
      </b>{" "}
      was deleted{item.users.length ? <> by {who(item)}</> : ""}.
    </>
  ),
};

export const News = () => notifications.value.map((item) => WORDS[item.type] && <Notice key={item.key} item={item} />);

function Notice({ item }) {
  const isHeld = useSignal(false);
  const isPaused = isHeld.value || !isVisible.value;
  const dismiss = () => dismissNotification(item.key);
  useEffect(() => {
    if (isPaused || LASTS.includes(item.type)) return;
    const timer = setTimeout(() => isHeld.peek() || dismiss(), SHOWN_FOR); // held since, and not drawn again yet
    return () => clearTimeout(timer);
  }, [item.at, isPaused]);
  const hold = () => (isHeld.value = true);
  const release = () => (isHeld.value = false);
  return (
    <div class="news" onPointerEnter={hold} onPointerLeave={release} onFocusIn={hold} onFocusOut={release}>
      <p>{WORDS[item.type](item)}</p>
      <button type="button" class="button quiet" onClick={dismiss}>
        Dismiss
      </button>
    </div>
  );
}
