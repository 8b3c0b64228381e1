/** Forms to sign in and to create an account, with the views that contain them. */

import { go, nextPath, route, routeOf, signInSuffix } from "../../core/router";
import { signIn, signUp } from "../../core/session";
import type { RouteBody } from "../../core/types";
import { type Key, t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { domainsHint, registration } from "../../ui/form-rules";
import { Heading } from "../../ui/heading";
import { lazy, Nothing } from "../../ui/lazy";
import { Words } from "../../ui/words";
import { NewPassword } from "./new-password";
import { useTwoFactorCode } from "./two-factor-code";

export type Credentials = Parameters<typeof signIn>[0];
export type Registration = RouteBody<"POST /api/auth/register">;
/** Submission of a form; it returns when the view that follows is open. */
type Send<Fields> = (fields: Fields) => Promise<void>;

type SignInKey = Extract<Key, `auth.signInTo${string}`>;
type CreateKey = Extract<Key, `auth.createTo${string}`>;

/** The reason to sign in or to create an account, by the view that opens afterwards. */
const REASONS: { readonly [view: string]: { readonly signIn: SignInKey; readonly create: CreateKey } } = {
  room: { signIn: "auth.signInToOpenRoom", create: "auth.createToOpenRoom" },
  invite: { signIn: "auth.signInToJoinRoom", create: "auth.createToJoinRoom" },
  rooms: { signIn: "auth.signInToSeeRooms", create: "auth.createToSeeRooms" },
  "new-room": { signIn: "auth.signInToCreateRoom", create: "auth.createToCreateRoom" },
  "room-settings": { signIn: "auth.signInToChangeRoom", create: "auth.createToChangeRoom" },
  moderation: { signIn: "auth.signInToModerateRoom", create: "auth.createToModerateRoom" },
  account: { signIn: "auth.signInToSeeAccount", create: "auth.createToSeeAccount" },
  admin: { signIn: "auth.signInToAdministrate", create: "auth.createToAdministrate" },
  dashboard: { signIn: "auth.signInToGoHome", create: "auth.createToGoHome" },
};

const RegistrationClosed = lazy(() => import("./registration-closed"), "RegistrationClosed", Nothing);

const reason = () => (route.value.query.has("next") ? REASONS[routeOf(nextPath()).name] : undefined);

/** `send`, then open the view of `next`. */
function thenNext<Fields>(send: Send<Fields>): Send<Fields> {
  return async (fields) => {
    const to = nextPath();
    await send(fields);
    go(to, { replace: true });
  };
}

export function SignIn() {
  const why = reason();
  return (
    <section class="page entrance">
      <Heading title={t("auth.signIn")} />
      {route.value.query.has("changed") && (
        <p class="form-status" role="status">
          {t("auth.passwordIsChanged")}
        </p>
      )}
      {why && <p class="lead">{t(why.signIn)}</p>}
      <SignInForm />
      <div class="aside">
        <p>
          <a href={`/forgot${signInSuffix()}`}>{t("auth.forgotPassword")}</a>
        </p>
        {registration === "open" && (
          <p>
            <Words of="auth.newHere" link={(words) => <a href={`/sign-up${signInSuffix()}`}>{words}</a>} />
          </p>
        )}
      </div>
    </section>
  );
}

/** `send` signs in and opens the next view. Without it, this is the view of `next`. */
export function SignInForm({ send = thenNext(signIn), isPrimary = true }: { send?: Send<Credentials>; isPrimary?: boolean }) {
  const code = useTwoFactorCode();
  const { busy, problem, submit, formProps } = useForm<"email" | "password" | "code">(
    (fields) => send(fields).catch(code.request),
    "sign-in",
  );
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      <ErrorMessage problem={code.otherProblem(problem)} fields={["email", "password", "code"]} />
      <Field label={t("auth.email")} name="email" type="email" autocomplete="username" required problem={problem} />
      <Field
        label={t("auth.password")}
        name="password"
        type="password"
        autocomplete="current-password"
        required
        problem={problem}
      />
      <code.Field problem={problem} />
      <Submit busy={busy} busyLabel={t("auth.signingIn")} class={isPrimary ? "primary" : ""}>
        {t("auth.signIn")}
      </Submit>
    </form>
  );
}

export function SignUp() {
  const why = reason();
  return (
    <section class="page entrance">
      <Heading title={t("auth.createAccount")} />
      {why && <p class="lead">{t(why.create)}</p>}
      <SignUpForm />
      <p class="aside">
        <Words of="auth.haveAccount" link={(words) => <a href={`/sign-in${signInSuffix()}`}>{words}</a>} />
      </p>
    </section>
  );
}

interface SignUpFormProps {
  /** True for people with a link that lets them register. */
  isInvited?: boolean;
  /** Creates the account and opens the next view. Without it, this is the view of `next`. */
  send?: Send<Registration>;
  /** The only address that an invitation is for. */
  email?: string | null;
}

export const SignUpForm = ({ isInvited, ...props }: SignUpFormProps) =>
  isInvited || registration === "open" ? <RegistrationForm {...props} /> : <RegistrationClosed />;

function RegistrationForm({ send = thenNext(signUp), email }: SignUpFormProps) {
  const { busy, problem, submit, formProps } = useForm<"firstName" | "lastName" | "email" | "password">(send, "sign-up");
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      <ErrorMessage problem={problem} fields={["firstName", "lastName", "email", "password"]} />
      <div class="side-by-side">
        <Field
          label={t("auth.firstName")}
          name="firstName"
          autocomplete="given-name"
          maxlength={80}
          required
          problem={problem}
        />
        <Field label={t("auth.lastName")} name="lastName" autocomplete="family-name" maxlength={80} problem={problem} />
      </div>
      <Field
        label={t("auth.email")}
        name="email"
        type="email"
        autocomplete="username"
        required
        problem={problem}
        hint={email ? t("auth.inviteEmailOnly") : domainsHint()}
        defaultValue={email ?? undefined}
        readonly={Boolean(email)}
      />
      <NewPassword label={t("auth.password")} name="password" problem={problem} />
      <Submit busy={busy} busyLabel={t("auth.creatingAccount")} class="primary">
        {t("auth.createAccount")}
      </Submit>
    </form>
  );
}
