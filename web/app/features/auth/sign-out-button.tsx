// @ts-nocheck
/** Signing out, which asks first where something would be lost. */

import { count } from "../../core/format";
import { signOut } from "../../core/session";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { allDrafts, changes } from "../messages/drafts";
import { outbox } from "../messages/outbox";

/** Text that is on this device only, in words; "" for none. */
export function onlyHere() {
  const messages =
    outbox.value.length && count(outbox.value.length, "message that was not sent", "messages that were not sent");
  const lost = [messages, changes.value >= 0 && allDrafts().length > 0 && "your drafts"];
  return lost.filter(Boolean).join(" and ");
}

/** The button; `leave()` signs out. */
export function SignOutButton({ leave = signOut, class: kind = "plain", autofocus }) {
  const form = useForm(async () => void (await leave()));
  const lost = onlyHere();
  if (!lost)
    return (
      <button type="button" class={`button ${kind}`} autofocus={autofocus} onClick={leave}>
        Sign out
      </button>
    );
  return (
    <ConfirmButton
      label="Sign out"
      title="Sign out and lose what is not sent?"
      confirm="Sign out"
      busyLabel="Signing out …"
      cancel="Stay signed in"
      form={form}
    >
      <p>On this device {lost} will be removed. They cannot be brought back.</p>
    </ConfirmButton>
  );
}
