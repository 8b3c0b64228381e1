/** Arrivals, departures and changes of the user's role, in a line that is shown for a moment; new messages for screen readers. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { on } from "../../core/connection";
import { quoted } from "../../core/format";
import { messageText } from "../../core/notices";
import type { Message, Notification } from "../../core/types";
import { t } from "../../core/words";
import type { RoomSession } from "./room-session";

/** Milliseconds for which the line is shown. */
const SHOWN_FOR = 5_000;
/** Characters of a message that are read aloud. */
const MAX_ALOUD = 300;

/** Text for a notification about the open room; "" if another part of the view shows it. */
function noticeText({ type, role }: Notification): string {
  switch (type) {
    case "message-reported":
      return t("room.toastReport");
    case "room-reported":
      return t("room.toastRoomReport");
    case "user-reported":
      return t("room.toastMemberReport");
    case "role-changed":
      return role === "moderator" ? t("room.toastModerator") : t("room.toastMember");
    case "room-handed-over":
      return t("room.toastOwner");
    case "unmuted":
      return t("room.toastUnmuted");
    default:
      return "";
  }
}

export function PresenceToast({ room }: { room: RoomSession }): JSX.Element {
  useEffect(
    () =>
      on("notification", (item) => {
        const text = item.roomId === room.id ? noticeText(item) : "";
        if (text) room.toast.value = { text, at: Date.now() };
      }),
    [room],
  );
  const isOver = useSignal(true);
  useSignalEffect(() => {
    if (!room.toast.value) return;
    isOver.value = false;
    const timer = setTimeout(() => {
      isOver.value = true;
    }, SHOWN_FOR);
    return () => clearTimeout(timer);
  });
  const message = room.announcedMessage.value;
  return (
    <>
      <p class={`presence-toast ${isOver.value ? "over" : ""}`} role="status">
        {isOver.value ? "" : room.toast.value?.text}
      </p>
      <p class="hidden" aria-live="polite">
        {message && aloud(message)}
      </p>
    </>
  );
}

function aloud(message: Message): string {
  const { sender } = message;
  const text = messageText(message).slice(0, MAX_ALOUD);
  return sender ? t("room.readAloud", { name: quoted(sender.name), text }) : t("room.readAloudNotice", { text });
}
