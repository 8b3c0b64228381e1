// @ts-nocheck
import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { dateStamp } from "../../core/format";
import { go } from "../../core/router";
import { signOutLocally, signOut, updateUser, user } from "../../core/session";
import { verifies } from "../../ui/form-rules";
import { DeleteButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { useCode } from "../auth/auth-forms";
import { onlyHere, SignOutButton } from "../auth/sign-out-button";
import { SendAgain } from "../auth/verify-email";
import { SecondFactor } from "./second-factor";
import { SignIns } from "./sessions";

const KEEPS_FILE = 60_000;

export function Account() {
  const endings = useSignal(0);
  const ended = () => endings.value++;
  return (
    <section class="page narrow">
      <Heading title="Your account" />
      <Profile />
      {verifies && !user.value.verifiedAt && <Unverified />}
      <Password ended={ended} />
      <SecondFactor endings={endings.value} ended={ended} />
      <SignIns key={endings.value} />
      <Data />
      <SignOut />
      <Delete />
    </section>
  );
}

function Profile() {
  const said = useSignal("");
  const { busy, problem, submit, formProps, restored } = useForm(async (fields) => {
    said.value = "";
    updateUser(await me.change(fields));
    said.value = "Saved.";
  }, "profile");
  const { firstName, lastName, email, bio, verifiedAt } = user.value;
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      <ErrorMessage problem={problem} fields={["firstName", "lastName", "bio"]} />
      {restored}
      <div class="side-by-side">
        <Field
          label="First name"
          name="firstName"
          defaultValue={firstName}
          maxlength="80"
          required
          problem={problem}
          autocomplete="given-name"
        />
        <Field
          label="Last name (optional)"
          name="lastName"
          defaultValue={lastName}
          maxlength="80"
          problem={problem}
          autocomplete="family-name"
        />
      </div>
      <Field
        label="Email"
        name="email"
        defaultValue={email}
        disabled
        hint={`The email cannot be changed.${verifies && verifiedAt ? " It is verified." : ""}`}
      />
      <Field
        as="textarea"
        label="About you"
        name="bio"
        defaultValue={bio ?? ""}
        rows="3"
        maxlength="1000"
        dir="auto"
        problem={problem}
        hint="For yourself so far: others see your name."
      />
      <div class="choices">
        <Submit busy={busy} busyLabel="Saving …">
          Save
        </Submit>
        <p role="status" class="said">
          {said.value}
        </p>
      </div>
    </form>
  );
}

function Unverified() {
  return (
    <section class="part" aria-labelledby="verification">
      <h2 id="verification">Verify your email</h2>
      <p>
        Your email is not verified yet. Open the link in the mail that we sent to{" "}
        <b class="email">
          <bdi>{user.value.email}</bdi>
        </b>
        . Look into the folder for unwanted mail, too.
      </p>
      <SendAgain />
    </section>
  );
}

function Password({ ended }) {
  const code = useCode();
  const said = useSignal("");
  const { busy, problem, submit } = useForm(async (fields, form) => {
    said.value = "";
    await me.changePassword(fields).catch(code.isAsked);
    form.reset();
    ended();
    said.value = "Changed. You are signed out everywhere else.";
  });
  return (
    <section class="part" aria-labelledby="password">
      <h2 id="password">Change the password</h2>
      <p>It signs you out everywhere else.</p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={code.troubleOf(problem)} fields={["currentPassword", "newPassword", "code"]} />
        <input type="email" autocomplete="username" value={user.value.email} hidden readonly />
        <Field
          label="Password now"
          name="currentPassword"
          type="password"
          autocomplete="current-password"
          required
          problem={problem}
        />
        <Field
          label="New password"
          name="newPassword"
          type="password"
          autocomplete="new-password"
          minlength="10"
          required
          problem={problem}
          hint="Ten characters or more."
        />
        <code.Field problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel="Changing …">
            Change it
          </Submit>
          <p role="status" class="said">
            {said.value}
          </p>
        </div>
      </form>
    </section>
  );
}

function Data() {
  const { busy, problem, submit } = useForm(async () => {
    const address = URL.createObjectURL(await me.export());
    Object.assign(document.createElement("a"), { href: address, download: `studyhall-${dateStamp()}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), KEEPS_FILE);
  });
  return (
    <section class="part" aria-labelledby="data">
      <h2 id="data">Your data</h2>
      <p>Everything that is kept about you, and all that you wrote and that is still there: one file, as JSON.</p>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <Submit busy={busy} busyLabel="Fetching …">
          Download my data
        </Submit>
      </form>
    </section>
  );
}

function SignOut() {
  const leave = async () => {
    const done = signOut();
    go("/", { replace: true });
    await done;
  };
  return (
    <section class="part" aria-labelledby="sign-out">
      <h2 id="sign-out">Sign out</h2>
      <p>{onlyHere() ? `On this device ${onlyHere()} will be removed.` : "Nothing that you wrote is lost."}</p>
      <div>
        <SignOutButton leave={leave} />
      </div>
    </section>
  );
}

function Delete() {
  const code = useCode();
  const form = useForm(async (fields) => {
    await me.remove(fields).catch(code.isAsked);
    signOutLocally();
    go("/", { replace: true });
  });
  return (
    <section class="part" aria-labelledby="delete">
      <h2 id="delete">Delete the account</h2>
      <p>
        Your rooms go to their next member. What you said stays, without your name. If you are banned or muted in a room, that
        stays until it ends, also for a new account with the same email.
      </p>
      <DeleteButton
        label="Delete my account"
        title="Delete your account?"
        fields={["currentPassword", "code"]}
        form={{ ...form, problem: code.troubleOf(form.problem) }}
      >
        <p>This is for good. Rooms in which you are alone are deleted, too.</p>
        <Field
          label="Password"
          name="currentPassword"
          type="password"
          autocomplete="current-password"
          required
          problem={form.problem}
        />
        <code.Field problem={form.problem} />
      </DeleteButton>
    </section>
  );
}
