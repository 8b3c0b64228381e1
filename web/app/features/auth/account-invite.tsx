/** Link of an invitation to create an account: the inviter, and the form. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, call, toApiError } from "../../core/http";
import { go } from "../../core/router";
import { signUp, user } from "../../core/session";
import type { RouteData } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Name } from "../../ui/name";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { type Registration, SignUpForm } from "./auth-forms";
import { Email } from "./email";
import { SignOutButton } from "./sign-out-button";

type Preview = RouteData<"POST /api/account-invites/lookup">;

/** Codes of errors after which the invitation is of no use. */
const OVER: { readonly [code: string]: "auth.inviteOverText" | "auth.inviteClosedText" } = {
  invite_not_found: "auth.inviteOverText",
  registration_closed: "auth.inviteClosedText",
};

// a code that is cut or changed is invalid input
const isOver = (problem: ApiError | null) => Boolean(problem && (problem.code in OVER || problem.of("code")));

export function AcceptAccountInvite({ id: code }: { id: string | null }) {
  const preview = useSignal<Preview | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    try {
      preview.value = await call("/api/account-invites/lookup", { method: "POST", body: { code } });
      problem.value = null;
    } catch (error) {
      problem.value = toApiError(error);
    }
  };
  useEffect(() => {
    if (code && !user.value) void load();
  }, [user.value?.id]);
  const register = async (fields: Registration) => {
    try {
      await signUp({ ...fields, invite: code });
    } catch (error) {
      const failed = toApiError(error);
      if (failed.code in OVER) problem.value = failed;
      throw failed;
    }
    go("/dashboard", { replace: true });
  };
  if (user.value) return <AlreadySignedIn email={user.value.email} />;
  if (!code || isOver(problem.value)) return <InviteOver code={problem.value?.code} />;
  if (!preview.value)
    return (
      <section class="page entrance">
        <ErrorMessage problem={problem.value} retry={load} />
        {!problem.value && <Skeleton />}
      </section>
    );
  return <Invitation preview={preview.value} register={register} />;
}

function Invitation({ preview, register }: { preview: Preview; register: (fields: Registration) => Promise<void> }) {
  return (
    <section class="page entrance">
      <Heading title={t("auth.createAccount")} key="offer" />
      <p class="lead">
        <Words of="auth.invitedBy" name={<Name of={preview.invitedBy.name} />} />
      </p>
      <SignUpForm isInvited send={register} email={preview.email} />
      <p class="aside">
        <Words of="auth.haveAccount" link={(words) => <a href="/sign-in">{words}</a>} />
      </p>
    </section>
  );
}

const InviteOver = ({ code = "" }: { code?: string }) => (
  <section class="page narrow closed">
    <Heading title={t("auth.inviteOver")} key="over" />
    <p class="lead">{t(OVER[code] ?? "auth.inviteOverText")}</p>
    <p class="choices">
      <a class="button primary" href="/">
        {t("auth.goToStart")}
      </a>
    </p>
  </section>
);

const AlreadySignedIn = ({ email }: { email: string }) => (
  <section class="page narrow closed">
    <Heading title={t("auth.alreadySignedIn")} key="known" />
    <p class="lead">
      <Words of="auth.signOutToCreate" email={<Email of={email} />} />
    </p>
    <p class="choices">
      <a class="button primary" href="/dashboard">
        {t("auth.goHome")}
      </a>{" "}
      <SignOutButton />
    </p>
  </section>
);
