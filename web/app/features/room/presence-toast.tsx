// @ts-nocheck
/** Who came and went, said softly: a line that is there for a moment. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { on } from "../../core/connection";
import { quoted } from "../../core/format";

const FOR = 5_000;

// What happened to me here. Elsewhere it is a notice; a mute is said by the composer, a new member by the list of people.
const TO_ME = {
  "message-reported": () => "A message was reported.",
  "room-reported": () => "The room was reported.",
  "user-reported": () => "A member was reported.",
  "role-changed": ({ role }) =>
    role === "moderator" ? "You are a moderator now." : "You are a member now, and no moderator any more.",
  "room-handed-over": () => "This room is yours now.",
  unmuted: () => "You may write again.",
};

export function Whisper({ room }) {
  useEffect(
    () =>
      on("notification", (item) => {
        if (item.roomId === room.id && TO_ME[item.type]) room.whisper.value = { text: TO_ME[item.type](item), at: Date.now() };
      }),
    [room],
  );
  const isOver = useSignal(true);
  useSignalEffect(() => {
    if (!room.whisper.value) return;
    isOver.value = false;
    const timer = setTimeout(() => (isOver.value = true), FOR);
    return () => clearTimeout(timer);
  });
  const heard = room.announcedMessage.value;
  return (
    <>
      <p class={`whisper ${isOver.value ? "over" : ""}`} role="status">
        {isOver.value ? "" : room.whisper.value?.text}
      </p>
      <p class="hidden" aria-live="polite">
        {heard && `${heard.sender ? quoted(heard.sender.name) : "The room"}: ${heard.content.slice(0, 300)}`}
      </p>
    </>
  );
}
