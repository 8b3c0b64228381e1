/** The door: signing up, signing in, and showing the password again. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { go, next, route } from "../router.js";
import { signIn, signOut, signUp, user } from "../session.js";
import { Dialog, Field, Heading, Submit, Trouble, useForm } from "./parts.js";

const query = () => (route.value.query.get("next") ? `?next=${encodeURIComponent(route.value.query.get("next"))}` : "");

export function SignIn() {
  const code = useCode();
  const { busy, problem, submit } = useForm(async (fields) => {
    const to = next();
    await signIn(fields).catch(code.isAsked);
    go(to, { replace: true });
  });
  return html`<section class="page door">
    <${Heading} title="Sign in" />
    ${route.value.query.has("changed") && html`<p class="said" role="status">Your password is changed. Sign in with the new one.</p>`}
    ${query() && html`<p class="lead">Sign in, and you are taken to the room you were invited to.</p>`}
    <form onSubmit=${submit} novalidate>
      <${Trouble} problem=${code.troubleOf(problem)} fields=${["email", "password", "code"]} />
      <${Field} label="Email" name="email" type="email" autocomplete="username" required problem=${problem} />
      <${Field} label="Password" name="password" type="password" autocomplete="current-password" required problem=${problem} />
      <${code.Field} problem=${problem} />
      <${Submit} busy=${busy} doing="Signing in …">Sign in<//>
    </form>
    <p class="aside"><a href="/forgot">Forgotten your password?</a></p>
    <p class="aside">New here? <a href="/sign-up${query()}">Make an account</a>. It takes a minute.</p>
  </section>`;
}

export function SignUp() {
  return html`<section class="page door">
    <${Heading} title="Make an account" />
    ${query() && html`<p class="lead">Then you are taken to the room you were invited to.</p>`}
    <${SignUpForm} />
    <p class="aside">You have one? <a href="/sign-in${query()}">Sign in</a>.</p>
  </section>`;
}

export function SignUpForm() {
  const { busy, problem, submit } = useForm(async (fields) => {
    const to = next();
    await signUp(fields);
    go(to, { replace: true });
  });
  return html`<form onSubmit=${submit} novalidate>
    <${Trouble} problem=${problem} fields=${["firstName", "lastName", "email", "password"]} />
    <div class="side-by-side">
      <${Field} label="First name" name="firstName" autocomplete="given-name" maxlength="80" required problem=${problem} />
      <${Field} label="Last name (optional)" name="lastName" autocomplete="family-name" maxlength="80" problem=${problem} />
    </div>
    <${Field} label="Email" name="email" type="email" autocomplete="username" required problem=${problem} />
    <${Field} label="Password" name="password" type="password" autocomplete="new-password" required problem=${problem}
      hint="Ten characters or more, and not one that everybody would guess." />
    <${Submit} busy=${busy} doing="Making your account …">Make an account<//>
  </form>`;
}

// The field for the code of a second factor, which is there once it was asked for.
function useCode() {
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

const Nothing = () => null;

function CodeField({ problem }) {
  const at = useRef();
  useEffect(() => at.current.querySelector("input").focus(), []);
  return html`<div ref=${at}><${Field} label="Code from your app" name="code" autocomplete="one-time-code" autocapitalize="off"
    spellcheck=${false} required problem=${problem} hint="The six digits that it shows for Studyhall, or one of your recovery codes." /></div>`;
}

/** Over the page, which stays as it is: what was written, and what waits to be sent. */
export function PasswordDialog() {
  const code = useCode();
  const { busy, problem, submit } = useForm(async (fields) => {
    await signIn({ ...fields, email: user.peek().email }).catch((problem) => {
      if (problem.code === "wrong_credentials") problem.message = "That is not your password.";
      code.isAsked(problem);
    });
  });
  if (problem?.code === "account_disabled") {
    return html`<${Dialog} title="Your account is disabled" key="disabled">
      <p>${problem.message}</p>
      <div class="choices"><button type="button" class="button" autofocus onClick=${signOut}>Sign out</button></div>
    <//>`;
  }
  return html`<${Dialog} title="Your password again, please">
    <p>Your sign-in has ended. Everything on this page waits for you, what you were writing too.</p>
    <form onSubmit=${submit} novalidate>
      <${Trouble} problem=${code.troubleOf(problem)} fields=${["password", "code"]} />
      <input type="email" name="email" autocomplete="username" value=${user.value.email} hidden readonly />
      <${Field} label=${`Password of ${user.value.email}`} name="password" type="password"
        autocomplete="current-password" required autofocus problem=${problem} />
      <${code.Field} problem=${problem} />
      <div class="choices">
        <${Submit} busy=${busy} doing="Signing in …">Go on<//>
        <button type="button" class="button quiet" onClick=${signOut}>Sign out</button>
      </div>
    </form>
  <//>`;
}
