/** Link that a server without an admin prints at its start: its first user becomes the admin. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { toApiError } from "../../core/http";
import { isAdmin } from "../../core/permissions";
import { go } from "../../core/router";
import { signIn, signUp, updateUser, user } from "../../core/session";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Words } from "../../ui/words";
import { type Credentials, type Registration, SignInForm, SignUpForm } from "./auth-forms";
import { Email } from "./email";

export function FirstAdmin({ id: adminToken }: { id: string | null }) {
  const isOver = useSignal(!adminToken);
  /** `act`, then open the administration. A failure about the link shows that it is over. */
  const attempt =
    <Fields,>(act: (fields: Fields) => Promise<void>) =>
    async (fields: Fields) => {
      try {
        await act(fields);
      } catch (error) {
        const problem = toApiError(error);
        if (problem.code === "invalid_admin_link" || problem.of("token") || problem.of("adminToken")) isOver.value = true;
        throw problem;
      }
      go("/admin", { replace: true });
    };
  const claim = async () => updateUser(await me.becomeFirstAdmin(adminToken ?? ""));
  const register = attempt((fields: Registration) => signUp({ ...fields, adminToken }));
  const enter = attempt((fields: Credentials) => signIn(fields).then(claim));
  if (isAdmin()) return <IsAdmin />;
  if (isOver.value) return <LinkOver />;
  if (user.value) return <Claim email={user.value.email} claim={() => attempt(claim)(undefined)} />;
  return (
    <section class="page narrow room-preview">
      <Heading title={t("auth.becomeAdmin")} key="guest" />
      <p class="lead">
        {t("auth.becomeAdminText")} {t("auth.adminDuties")}
      </p>
      <section class="part" aria-labelledby="new-here">
        <h2 id="new-here">{t("auth.createAsNewUser")}</h2>
        <SignUpForm isInvited send={register} />
      </section>
      <section class="part" aria-labelledby="known-here">
        <h2 id="known-here">{t("auth.signInAsKnownUser")}</h2>
        <SignInForm send={enter} />
      </section>
    </section>
  );
}

function Claim({ email, claim }: { email: string; claim: () => Promise<void> }) {
  const { busy, problem, submit } = useForm(claim);
  return (
    <section class="page narrow">
      <Heading title={t("auth.becomeAdmin")} key="claim" />
      <p class="lead">
        {t("auth.becomeAdminText")} <Words of="auth.signedInAs" email={<Email of={email} />} />
      </p>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <Submit busy={busy} class="primary">
          {t("auth.becomeAdmin")}
        </Submit>
      </form>
    </section>
  );
}

const IsAdmin = () => (
  <section class="page narrow">
    <Heading title={t("auth.isAdmin")} key="admin" />
    <p class="choices">
      <a class="button primary" href="/admin">
        {t("auth.goToAdmin")}
      </a>
    </p>
  </section>
);

const LinkOver = () => (
  <section class="page narrow">
    <Heading title={t("auth.linkOver")} key="over" />
    <p role="alert">{t("auth.adminLinkOverText")}</p>
    <p class="choices">
      <a class="button primary" href={user.value ? "/dashboard" : "/"}>
        {t(user.value ? "auth.goHome" : "auth.goToStart")}
      </a>
    </p>
  </section>
);
