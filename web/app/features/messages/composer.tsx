// @ts-nocheck
/** Where one writes. What was begun is kept through reloads, refusals and absences. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { cleanParagraph } from "../../core/characters";
import { clock, figure } from "../../core/format";
import { hasKeyboard, isTouched } from "../../core/pointers";
import { isInputMethodKey } from "../../ui/text-fields";
import { draft, storeDraft, takeOver } from "./drafts";
import { discard, send } from "./outbox";

const LONGEST = 4_000;
const TELL_FROM = 3_600;

export function Composer({ room }) {
  const text = useSignal(draft(room.id));
  /** Why the text that stands here again was not sent, until it is changed. */
  const refusal = useSignal("");
  const field = useRef();
  const length = [...text.value.trim()].length;
  const isTooLong = length > LONGEST;

  useLayoutEffect(() => {
    const style = field.current.style;
    style.height = "auto";
    style.height = `${field.current.scrollHeight + 2}px`;
  }, [text.value]);

  const write = (value) => {
    text.value = value;
    refusal.value = "";
    storeDraft(room.id, value);
  };
  const isMuted = useMuted(room);
  useEffect(() => {
    let isHere = true;
    takeOver(room.id).then((left) => {
      if (isHere && left) text.value = [left, text.peek()].filter(Boolean).join("\n");
    });
    return () => (isHere = false);
  }, [room]);
  useEffect(() => {
    room.restoreDraft = (refused, reason = "") => {
      write([refused, text.peek()].filter(Boolean).join("\n"));
      refusal.value = reason;
    };
    // refused while another view was open
    for (const { id, content, reason } of room.pending.peek().filter(({ isInvalid }) => isInvalid)) {
      room.restoreDraft(content, reason);
      discard(id);
    }
    return () => (room.restoreDraft = null);
  }, [room]);
  const submit = (event) => {
    event.preventDefault();
    if (!length || isTooLong || isMuted) return;
    send(room.id, cleanParagraph(text.value).trim());
    write("");
    room.wasSent?.();
    field.current.focus();
  };
  const key = (event) => {
    // an input method's Enter takes a suggestion; on a touch screen, Enter is the only way to a new line
    if (event.key !== "Enter" || event.shiftKey || isInputMethodKey(event)) return;
    if (!isTouched.value || event.ctrlKey || event.metaKey) submit(event);
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="hidden" for="write">
        Message to <bdi>{room.info.value?.name ?? "the room"}</bdi>
      </label>
      <textarea
        id="write"
        ref={field}
        rows="1"
        dir="auto"
        placeholder="Write to the room"
        value={text.value}
        enterkeyhint={isTouched.value ? "enter" : "send"}
        aria-describedby="write-hint"
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={key}
      ></textarea>
      <button class="button" disabled={!length || isTooLong || isMuted}>
        Send
      </button>
      <p id="write-hint" class="hint">
        {isMuted ? (
          <span class="wrong" role="status">
            You cannot write here until {clock(room.mutedUntil.value)}. What you write is kept.
          </span>
        ) : refusal.value ? (
          <span class="wrong" role="alert">
            Not sent. {refusal.value} Change it, then send it again.
          </span>
        ) : length > TELL_FROM ? (
          <span class={isTooLong ? "wrong" : ""} role="status">
            {figure(length)} of {figure(LONGEST)} characters
          </span>
        ) : (
          <span class="keys">{keys()}</span>
        )}
      </p>
    </form>
  );
}

function keys() {
  if (!isTouched.value) return "Enter sends, Shift + Enter begins a new line";
  return hasKeyboard.value ? "Enter begins a new line, Ctrl + Enter sends" : "Enter begins a new line";
}

// Whether one may not write; it ends by itself.
function useMuted(room) {
  const until = room.mutedUntil.value;
  const left = until ? new Date(until) - Date.now() : 0;
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => (room.mutedUntil.value = null), Math.min(left, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [until]);
  return left > 0;
}
