/** Start page for guests: what Studyhall is, and the form to create an account. */

import { type Key, t } from "../../core/words";
import { Heading } from "../../ui/heading";
import { Words } from "../../ui/words";
import { SignUpForm } from "./auth-forms";
import { Hero } from "./hero";

export const Welcome = () => (
  <section class="welcome">
    <div class="pitch">
      <Heading title="">
        <Words of="auth.welcomeTitle" break={() => <br />} />
      </Heading>
      <p class="lead">{t("auth.welcomeText")}</p>
      <Hero />
    </div>
    <div class="sheet entry">
      <h2>{t("auth.createAccount")}</h2>
      <SignUpForm />
      <p class="aside">
        <Words of="auth.haveAccount" link={(words) => <a href="/sign-in">{words}</a>} />
      </p>
    </div>
    <dl class="promises">
      <Promised title="auth.promiseNothingLost" text="auth.promiseNothingLostText" />
      <Promised title="auth.promisePresence" text="auth.promisePresenceText" />
      <Promised title="auth.promisePrivacy" text="auth.promisePrivacyText" />
    </dl>
  </section>
);

const Promised = ({ title, text }: { title: PlainKey; text: PlainKey }) => (
  <div>
    <dt>{t(title)}</dt>
    <dd>{t(text)}</dd>
  </div>
);

type PlainKey = Extract<Key, `auth.promise${string}`>;
