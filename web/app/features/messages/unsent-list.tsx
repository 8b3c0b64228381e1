// @ts-nocheck
/** Unsent text, with buttons to copy it, try again, or remove it. */

import { useSignal } from "@preact/signals";
import { copy } from "../../core/clipboard";
import { moment } from "../../core/format";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { resend } from "./outbox";
import { unsent } from "./unsent-text";

/** All of it, or that of one room. */
export function List({ roomId }) {
  const shown = unsent.value.filter((one) => !roomId || one.roomId === roomId);
  if (!shown.length) return null;
  return (
    <section class="unsent" aria-labelledby="unsent">
      <h2 id="unsent">Not sent</h2>
      <p>{roomId ? "You wrote this for the room." : "You wrote this, but it was not sent."} It is only on this device.</p>
      <ul>
        {shown.map((one) => (
          <One key={one.id} one={one} names={!roomId} />
        ))}
      </ul>
    </section>
  );
}

function One({ one: { id, roomId, roomName, text, at, reason, isMember, remove }, names }) {
  const state = useSignal("");
  const form = useForm(async () => void (await remove()));
  const take = async () => (state.value = (await copy(text)) ? "Copied" : "Select the text and copy it.");
  const room = isMember ? (
    <a href={`/rooms/${roomId}`}>
      <bdi>{roomName}</bdi>
    </a>
  ) : (
    <bdi>{roomName}</bdi>
  );
  return (
    <li class="unsent-one">
      <p class="hint">
        {names && <>For {roomName ? room : "a room"}, </>}
        <time datetime={new Date(at).toISOString()}>{moment(at)}</time>.{" "}
        {reason ?? (isMember ? "A draft." : "A draft. You are no longer a member of this room.")}
      </p>
      <p class="words" dir="auto">
        {text}
      </p>
      <p class="choices">
        <button type="button" class="button plain" onClick={take}>
          Copy
        </button>
        {reason && isMember && (
          <button type="button" class="button plain" onClick={() => resend(id)}>
            Try again
          </button>
        )}
        <ConfirmButton
          label="Remove"
          class="quiet"
          title="Remove this text?"
          confirm="Remove it"
          busyLabel="Removing …"
          cancel="Keep it"
          form={form}
        >
          <p>It is only on this device, and cannot be brought back.</p>
          <blockquote class="quote words" dir="auto">
            {text}
          </blockquote>
        </ConfirmButton>
        <span role="status" class="hint">
          {state.value}
        </span>
      </p>
    </li>
  );
}
