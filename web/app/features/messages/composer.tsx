/** Composer: the text field for a new message. Its text is stored through reloads, rejections and absences. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { cleanParagraph } from "../../core/characters";
import { clock } from "../../core/format";
import { read, write } from "../../core/local-store";
import { canModerate } from "../../core/permissions";
import { hasCoarsePointer, hasKeyboard } from "../../core/pointers";
import { MAX_TIMER } from "../../core/timeout";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { isInputMethodKey } from "../../ui/text-fields";
import { Words } from "../../ui/words";
import { draft, storeDraft, takeOver } from "./drafts";
import type { MessageRoom } from "./message-room";
import { discard, send } from "./outbox";
import { focusOnTyping } from "./typing-anywhere";

const MAX_LENGTH = 4_000;
/** Length from which the number of characters is shown. */
const COUNTED_FROM = 3_600;
/** Set in the local store when a message was sent by Enter: then the hint about keys is not shown any more. */
const KNOWS_KEYS = "composer.knows-keys";

export function Composer({ room }: { room: MessageRoom }) {
  const { text, refusal, change } = useDraft(room);
  const field = useRef<HTMLTextAreaElement>(null);
  const knowsKeys = useSignal(read(KNOWS_KEYS) === true);
  const isMuted = useMuted(room);
  const length = [...text.trim()].length;
  const canSend = length > 0 && length <= MAX_LENGTH && !isMuted;
  useGrowing(field, text);
  useEffect(() => (field.current ? focusOnTyping(field.current) : undefined), []);

  const submit = (event: TargetedEvent) => {
    event.preventDefault();
    if (!canSend) return;
    send(room.id, cleanParagraph(text).trim());
    change("");
    field.current?.focus();
  };
  const pressed = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (!isSendKey(event)) return;
    submit(event);
    write(KNOWS_KEYS, true);
    knowsKeys.value = true;
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="hidden" for="write">
        <Words of="messages.composerLabel" room={<bdi>{room.info.value?.name ?? t("messages.thisRoom")}</bdi>} />
      </label>
      <div class="composer-box">
        <textarea
          id="write"
          ref={field}
          rows={1}
          dir="auto"
          placeholder={t("messages.placeholder")}
          value={text}
          enterkeyhint={hasCoarsePointer.value ? "enter" : "send"}
          aria-describedby="write-hint"
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={pressed}
        ></textarea>
        <SendButton disabled={!canSend} />
      </div>
      <div id="write-hint" class="hint">
        <ComposerStatus mutedUntil={isMuted ? room.mutedUntil.value : null} refusal={refusal} length={length}>
          <QuietFocus room={room} />
          <span class={length > 0 && !knowsKeys.value ? "keys" : "keys hidden"}>{keysHint()}</span>
        </ComposerStatus>
      </div>
    </form>
  );
}

/** True for Enter, unless it is for a new line. On a touch screen, Enter is the only key for one; Ctrl + Enter sends. */
function isSendKey(event: KeyboardEvent): boolean {
  // Enter of an input method takes a suggestion
  if (event.key !== "Enter" || event.shiftKey || isInputMethodKey(event)) return false;
  return !hasCoarsePointer.value || event.ctrlKey || event.metaKey;
}

const SendButton = ({ disabled }: { disabled: boolean }) => (
  <button type="submit" class="send" disabled={disabled} aria-label={t("messages.send")} title={t("messages.send")}>
    <Icon name="send" />
  </button>
);

interface ComposerStatusProps {
  mutedUntil: string | null;
  refusal: string;
  length: number;
  children: ComponentChildren;
}

/** The most important status below the field; `children` if there is none. */
function ComposerStatus({ mutedUntil, refusal, length, children }: ComposerStatusProps) {
  if (mutedUntil)
    return (
      <span class="field-error" role="status">
        {t("messages.mutedUntil", { time: clock(mutedUntil) })}
      </span>
    );
  if (refusal)
    return (
      <span class="field-error" role="alert">
        {t("messages.refused", { reason: refusal })}
      </span>
    );
  if (length > COUNTED_FROM)
    return (
      <span class={length > MAX_LENGTH ? "field-error" : ""} role="status">
        {t("messages.length", { length, max: MAX_LENGTH })}
      </span>
    );
  return <>{children}</>;
}

/** What happens to messages during a focus phase, in a room where those of members wait for the break. */
function QuietFocus({ room: { quietUntil, info } }: { room: MessageRoom }) {
  if (!quietUntil.value) return null;
  const isHeld = !(info.value && canModerate(info.value));
  return (
    <span class="quiet-focus" role="status">
      {isHeld ? t("messages.quietMember", { time: clock(quietUntil.value) }) : t("messages.quietModerator")}{" "}
    </span>
  );
}

function keysHint(): string {
  if (!hasCoarsePointer.value) return t("messages.keys");
  return t(hasKeyboard.value ? "messages.keysTouchKeyboard" : "messages.keysTouch");
}

/** The text of the composer, stored as the draft of the room, and the reason of the last rejection until the text changes. */
function useDraft(room: MessageRoom) {
  const text = useSignal(draft(room.id));
  const refusal = useSignal("");
  const change = (value: string) => {
    text.value = value;
    refusal.value = "";
    storeDraft(room.id, value);
  };
  const joined = (before: string) => [before, text.peek()].filter(Boolean).join("\n");
  useEffect(() => {
    let isMounted = true;
    void takeOver(room.id).then((left) => {
      if (isMounted && left) text.value = joined(left);
    });
    return () => {
      isMounted = false;
    };
  }, [room]);
  useEffect(() => {
    const restore = (refused: string, reason = "") => {
      change(joined(refused));
      refusal.value = reason;
    };
    room.restoreDraft = restore;
    // rejected while another view was open
    for (const { id, content, reason } of room.pending.peek().filter(({ isInvalid }) => isInvalid)) {
      restore(content, reason ?? "");
      discard(id);
    }
    return () => {
      room.restoreDraft = null;
    };
  }, [room]);
  return { text: text.value, refusal: refusal.value, change };
}

/** Let the field grow with its text. The style sheet bounds it. */
function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    const border = area.offsetHeight - area.clientHeight;
    area.style.height = `${area.scrollHeight + border}px`;
  }, [text]);
}

/** True while the user is muted. It ends by itself. */
function useMuted(room: MessageRoom): boolean {
  const until = room.mutedUntil.value;
  const left = until ? Date.parse(until) - Date.now() : 0;
  useEffect(() => {
    if (left <= 0) return;
    const end = () => {
      room.mutedUntil.value = null;
    };
    const timer = setTimeout(end, Math.min(left, MAX_TIMER));
    return () => clearTimeout(timer);
  }, [until]);
  return left > 0;
}
