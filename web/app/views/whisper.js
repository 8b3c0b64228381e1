/** Who came and went, said softly: a line that is there for a moment. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { html } from "../html.js";

const FOR = 5_000;

export function Whisper({ room }) {
  const isOver = useSignal(true);
  useSignalEffect(() => {
    if (!room.whisper.value) return;
    isOver.value = false;
    const timer = setTimeout(() => (isOver.value = true), FOR);
    return () => clearTimeout(timer);
  });
  const heard = room.heardMessage.value;
  return html`
    <p class="whisper ${isOver.value ? "over" : ""}" role="status"><bdi>${isOver.value ? "" : room.whisper.value?.text}</bdi></p>
    <p class="hidden" aria-live="polite">${heard && `${heard.sender?.name ?? "The room"}: ${heard.content}`}</p>`;
}
