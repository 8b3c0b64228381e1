/** View of the own account. */

import { useSignal } from "@preact/signals";
import { go } from "../../core/router";
import { signOut } from "../../core/session";
import { t } from "../../core/words";
import { LoadedTogether } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { SignOutButton } from "../auth/sign-out-button";
import { Calendar } from "./calendar";
import { Data } from "./data";
import { Days } from "./days";
import { DeleteAccount } from "./delete-account";
import { EmailSection } from "./email-section";
import { Password } from "./password";
import { Preferences } from "./preferences";
import { Profile } from "./profile";
import { Sessions } from "./sessions";
import { TwoFactor } from "./two-factor";

export function Account() {
  // changes of the password and of the second factor end all other sessions, and may use a recovery code
  const endings = useSignal(0);
  const sessionsEnded = () => {
    endings.value++;
  };
  return (
    <section class="page narrow">
      <div class="page-head">
        <Heading title={t("account.title")} />
        <SignOutButton leave={leave} />
      </div>
      <Profile />
      <Preferences />
      <Days />
      <LoadedTogether>
        <Calendar />
        <EmailSection />
        <Password sessionsEnded={sessionsEnded} />
        <TwoFactor endings={endings.value} sessionsEnded={sessionsEnded} />
        <Sessions key={endings.value} />
      </LoadedTogether>
      <Data />
      <DeleteAccount />
    </section>
  );
}

async function leave(): Promise<void> {
  const done = signOut();
  go("/", { replace: true });
  await done;
}
