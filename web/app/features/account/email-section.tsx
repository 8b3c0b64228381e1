/** Own email address, and its verification if the server sends email. */

import { user } from "../../core/session";
import { t } from "../../core/words";
import { verifies } from "../../ui/form-rules";
import { Email } from "../auth/email";
import { SendVerification } from "../auth/verify-email";
import { Section } from "./section";

export function EmailSection() {
  const { email, verifiedAt } = user.value ?? { email: "", verifiedAt: null };
  return (
    <Section id="email" title={t("account.email")}>
      <div>
        <p>
          <Email of={email} />
        </p>
        <p class="hint">{t(verifies && verifiedAt ? "account.emailVerified" : "account.emailIsFixed")}</p>
      </div>
      {verifies && !verifiedAt && (
        <>
          <p>{t("account.emailUnverified")}</p>
          <SendVerification />
        </>
      )}
    </Section>
  );
}
