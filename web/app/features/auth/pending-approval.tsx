/** The only view of a user whose account waits for the approval of an admin. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../../core/api";
import { locked, signOut, updateUser, user } from "../../core/session";
import { t } from "../../core/words";
import { Heading } from "../../ui/heading";
import { Words } from "../../ui/words";
import { Email } from "./email";
import { SignOutButton } from "./sign-out-button";

const INTERVAL = 10_000;

export const PendingApproval = () => (locked.value ? <SessionEnded /> : <WaitingForApproval email={user.value?.email ?? ""} />);

const SessionEnded = () => (
  <section class="page narrow closed">
    <Heading title={t("auth.sessionEnded")} key="ended" />
    <p class="lead">{t("auth.approvalEndedText")}</p>
    <p class="choices">
      <button type="button" class="button primary" onClick={() => void signOut()}>
        {t("auth.signInAgain")}
      </button>
    </p>
  </section>
);

function WaitingForApproval({ email }: { email: string }) {
  const isUnreachable = useSignal(false);
  useEffect(() => {
    const check = async () => {
      if (document.visibilityState !== "visible" || locked.peek()) return;
      try {
        const found = await me.get();
        isUnreachable.value = false;
        if (!found.pending) updateUser(found);
      } catch {
        isUnreachable.value = true;
      }
    };
    void check();
    const timer = setInterval(check, INTERVAL);
    document.addEventListener("visibilitychange", check);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", check);
    };
  }, []);
  return (
    <section class="page narrow closed">
      <Heading title={t("auth.approvalNeeded")} key="waiting" />
      <p class="lead">
        <Words of="auth.approvalText" email={<Email of={email} />} />
      </p>
      {isUnreachable.value && (
        <p class="hint" role="status">
          {t("auth.approvalUnreachable")}
        </p>
      )}
      <p class="choices">
        <SignOutButton />
      </p>
    </section>
  );
}
