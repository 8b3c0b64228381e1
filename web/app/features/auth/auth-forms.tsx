// @ts-nocheck
/** The door: signing up, signing in, and showing the password again. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { go, next, onward, place, route } from "../../core/router";
import { signIn, signUp } from "../../core/session";
import { domains, registration } from "../../ui/form-rules";
import { lazy, Nothing } from "../../ui/lazy";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";

// The purpose of signing in, by the view that the link leads to.
const PURPOSES = {
  room: "to go on to the room of your link",
  invite: "to go on to the room you were invited to",
  rooms: "to see the rooms",
  "new-room": "to open a room",
  "room-settings": "to go on to the settings of your room",
  moderation: "to go on to the moderation of your room",
  account: "to see your account",
  admin: "to go on to the administration",
  dashboard: "to see your desk",
};

const destination = () => route.value.query.has("next") && place(next()).name;

const NoSignUp = lazy(() => import("./registration-closed"), "NoSignUp", Nothing);

const goOn = (sign) => async (fields) => {
  const to = next();
  await sign(fields);
  go(to, { replace: true });
};

export function SignIn() {
  const purpose = PURPOSES[destination()];
  return (
    <section class="page door">
      <Heading title="Sign in" />
      {route.value.query.has("changed") && (
        <p class="said" role="status">
          Your password is changed. Sign in with the new one.
        </p>
      )}
      {purpose && <p class="lead">Sign in {purpose}.</p>}
      <SignInForm />
      <p class="aside">
        <a href={`/forgot${onward()}`}>Forgotten your password?</a>
      </p>
      {registration === "open" && (
        <p class="aside">
          New here? <a href={`/sign-up${onward()}`}>Make an account</a>. It takes a minute.
        </p>
      )}
    </section>
  );
}

/** `sign(fields)` signs in and does what follows; without it the view of `next` opens. */
export function SignInForm({ sign = goOn(signIn) }) {
  const code = useCode();
  const { busy, problem, submit, formProps } = useForm((fields) => sign(fields).catch(code.isAsked), "sign in");
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      <ErrorMessage problem={code.troubleOf(problem)} fields={["email", "password", "code"]} />
      <Field label="Email" name="email" type="email" autocomplete="username" required problem={problem} />
      <Field label="Password" name="password" type="password" autocomplete="current-password" required problem={problem} />
      <code.Field problem={problem} />
      <Submit busy={busy} busyLabel="Signing in …">
        Sign in
      </Submit>
    </form>
  );
}

export function SignUp() {
  const purpose = PURPOSES[destination()];
  return (
    <section class="page door">
      <Heading title="Make an account" />
      {purpose && <p class="lead">Make an account {purpose}.</p>}
      <SignUpForm />
      <p class="aside">
        You have one? <a href={`/sign-in${onward()}`}>Sign in</a>.
      </p>
    </section>
  );
}

/** `sign` as for `SignInForm`. */
/** `isInvited` is true for people with a link that lets them register; `email` is the only address it is for. */
export const SignUpForm = ({ isInvited, ...props }) =>
  isInvited || registration === "open" ? <RegistrationForm {...props} /> : <NoSignUp />;

function RegistrationForm({ sign = goOn(signUp), email }) {
  const { busy, problem, submit, formProps } = useForm(sign, "sign up");
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      <ErrorMessage problem={problem} fields={["firstName", "lastName", "email", "password"]} />
      <div class="side-by-side">
        <Field label="First name" name="firstName" autocomplete="given-name" maxlength="80" required problem={problem} />
        <Field label="Last name (optional)" name="lastName" autocomplete="family-name" maxlength="80" problem={problem} />
      </div>
      <Field
        label="Email"
        name="email"
        type="email"
        autocomplete="username"
        required
        problem={problem}
        hint={email ? "The invitation is for this address." : domains}
        defaultValue={email}
        readonly={Boolean(email)}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autocomplete="new-password"
        minlength="10"
        required
        problem={problem}
        hint="Ten characters or more, and not one that everybody would guess."
      />
      <Submit busy={busy} busyLabel="Making your account …">
        Make an account
      </Submit>
    </form>
  );
}

/** The field for the code of a second factor, which is there once it was asked for. */
export function useCode() {
  const isThere = useSignal(false);
  const isNeeded = (problem) => problem?.code === "second_factor_needed";
  return {
    isAsked: (problem) => {
      if (isNeeded(problem)) isThere.value = true;
      throw problem;
    },
    troubleOf: (problem) => (isNeeded(problem) ? null : problem), // the field that comes says it
    Field: isThere.value ? CodeField : Nothing,
  };
}

function CodeField({ problem }) {
  const at = useRef();
  useEffect(() => at.current.querySelector("input").focus(), []);
  return (
    <div ref={at}>
      <Field
        label="Code from your app"
        name="code"
        autocomplete="one-time-code"
        autocapitalize="off"
        spellcheck={false}
        required
        problem={problem}
        hint="The six digits that it shows for Studyhall, or one of your recovery codes."
      />
    </div>
  );
}
