/** Button to sign out, which asks first if text would be lost. */

import { signOut } from "../../core/session";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { allDrafts, changes } from "../messages/drafts";
import { outbox } from "../messages/outbox";

/** The sentence about unsent text on this device that a sign-out deletes; "" for none. */
export function lossOfSignOut(): string {
  const count = outbox.value.length;
  const hasDrafts = changes.value >= 0 && allDrafts().length > 0;
  if (count && hasDrafts) return t("auth.losesMessagesAndDrafts", { count });
  if (count) return t("auth.losesMessages", { count });
  return hasDrafts ? t("auth.losesDrafts") : "";
}

interface SignOutButtonProps {
  /** Signs out, and opens another view if it has to. */
  leave?: () => Promise<void>;
  class?: string;
  autofocus?: boolean;
}

export function SignOutButton({ leave = signOut, class: kind = "", autofocus }: SignOutButtonProps) {
  const form = useForm(leave);
  const loss = lossOfSignOut();
  if (!loss)
    return (
      <button type="button" class={`button ${kind}`} autofocus={autofocus} onClick={() => void leave()}>
        {t("auth.signOut")}
      </button>
    );
  return (
    <ConfirmButton
      label={t("auth.signOut")}
      class={kind}
      title={t("auth.signOutQuestion")}
      confirm={t("auth.signOut")}
      busyLabel={t("auth.signingOut")}
      cancel={t("auth.staySignedIn")}
      form={form}
    >
      <p>{loss}</p>
    </ConfirmButton>
  );
}
