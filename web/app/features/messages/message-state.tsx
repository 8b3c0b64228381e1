/** States of messages that are not published: pending, rejected, or waiting for the break. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connection } from "../../core/connection";
import { clock } from "../../core/format";
import { toApiError } from "../../core/http";
import type { HeldMessage } from "../../core/types";
import { t } from "../../core/words";
import { Countdown } from "../../ui/countdown";
import { Words } from "../../ui/words";
import { DeleteTextButton } from "./delete-text-button";
import type { MessageRoom } from "./message-room";
import { discard, pausedUntil, resend } from "./outbox";
import type { OutboxEntry } from "./outbox-queue";

/** Most messages are acked earlier, and show no state. */
const SHOWN_AFTER = 600;

export function PendingState() {
  const isLate = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => (isLate.value = true), SHOWN_AFTER);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate.value) return null;
  if (pausedUntil.value)
    return (
      <p class="message-state" role="status">
        <Words of="messages.slowDown" seconds={<Countdown until={pausedUntil.value} />} />
      </p>
    );
  return <p class="message-state">{t(connection.value === "online" ? "messages.sending" : "messages.waiting")}</p>;
}

export function RefusedState({ entry: { id, content, reason } }: { entry: OutboxEntry }) {
  return (
    <div class="message-state" role="alert">
      <span>{t("messages.notSent", { reason: reason ?? "" })}</span>
      <button type="button" class="button" onClick={() => resend(id)}>
        {t("messages.tryAgain")}
      </button>
      <DeleteTextButton
        title={t("messages.deleteQuestion")}
        hint={t("messages.deleteHint")}
        text={content}
        remove={() => discard(id)}
      />
    </div>
  );
}

interface HeldStateProps {
  held: HeldMessage;
  until: string;
  cancel: MessageRoom["cancelHeld"];
}

export function HeldState({ held, until, cancel }: HeldStateProps) {
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const clicked = async () => {
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = "";
    await cancel(held).catch((error) => {
      problem.value = toApiError(error).message;
    });
    isBusy.value = false;
  };
  return (
    <div class="message-state">
      <span>{t("messages.heldUntil", { time: clock(until) })}</span>
      {held.message.clientMessageId && (
        <button type="button" class="button" onClick={clicked}>
          {t("messages.cancelHeld")}
        </button>
      )}
      {problem.value && <span role="alert">{problem.value}</span>}
    </div>
  );
}
