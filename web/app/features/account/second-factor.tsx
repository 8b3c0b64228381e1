// @ts-nocheck
/** Signing in with a code from an app, too: turning that on, in three steps, and off. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { secondFactor } from "../../core/api";
import { copy } from "../../core/clipboard";
import { count } from "../../core/format";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";

/** `ended` is called when other sign-ins have ended, `endings` counts that: a recovery code may have been used for it. */
export function SecondFactor({ endings, ended }) {
  const state = useSignal(null);
  const problem = useSignal(null);
  const look = () =>
    secondFactor.show().then(
      (shown) => (state.value = shown),
      (refused) => (problem.value = refused),
    );
  useEffect(() => void look(), [endings]);
  return (
    <section class="part" aria-labelledby="second-factor">
      <h2 id="second-factor">A second step to sign in</h2>
      <p>Signing in can take a code from an app on your phone, too: then a stolen password is not enough.</p>
      <ErrorMessage problem={problem.value} retry={() => ((problem.value = null), look())} />
      {state.value &&
        (state.value.active ? <On left={state.value.recoveryCodesLeft} changed={look} /> : <Off changed={ended} />)}
    </section>
  );
}

function On({ left, changed }) {
  const form = useForm(async (fields) => {
    await secondFactor.end(fields);
    await changed();
  });
  return (
    <>
      <p>
        <b>It is on.</b>{" "}
        {left
          ? `You have ${count(left, "recovery code")} left.`
          : "You have no recovery code left: turn it off and on again to get new ones."}
      </p>
      <ConfirmButton
        label="Turn it off"
        title="Turn the second step off?"
        confirm="Turn it off"
        busyLabel="Turning it off …"
        cancel="Keep it"
        form={form}
        fields={["currentPassword", "code"]}
      >
        <p>Your password alone does then.</p>
        <PasswordField problem={form.problem} />
        <CodeField problem={form.problem} hint="From your app, or a recovery code." />
      </ConfirmButton>
    </>
  );
}

function Off({ changed }) {
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
    changed();
  };
  return (
    <>
      <button type="button" class="button plain" onClick={() => (isOpen.value = true)}>
        Turn it on
      </button>
      {isOpen.value && <Steps close={close} />}
    </>
  );
}

function Steps({ close }) {
  const enrolment = useSignal(null);
  const codes = useSignal(null);
  if (codes.value) return <Codes codes={codes.value} close={close} />;
  if (enrolment.value) return <Confirm enrolment={enrolment.value} codes={codes} close={close} />;
  return <Begin enrolment={enrolment} close={close} />;
}

function Begin({ enrolment, close }) {
  const { busy, problem, submit } = useForm(async (fields) => {
    const [begun, { encode }] = await Promise.all([secondFactor.begin(fields), import("./qr")]);
    enrolment.value = { ...begun, squares: encode(begun.uri, { border: 4 }).data };
  });
  return (
    <Dialog title="Turn the second step on" key="begin" onClose={close}>
      <p>
        You need an app that makes codes, such as Aegis, 2FAS, Google Authenticator, or the one in your password manager. When
        it is on, you are signed out everywhere else.
      </p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["currentPassword"]} />
        <PasswordField problem={problem} autofocus />
        <div class="choices">
          <Submit busy={busy}>Go on</Submit>
        </div>
      </form>
    </Dialog>
  );
}

function Confirm({ enrolment: { secret, uri, squares }, codes, close }) {
  const { busy, problem, submit } = useForm(async (fields) => {
    codes.value = (await secondFactor.confirm(fields)).recoveryCodes;
  });
  return (
    <Dialog title="Give it to your app" key="confirm" onClose={close}>
      <p>
        Scan this with the app, or <a href={uri}>open it there</a> where the app is on this device.
      </p>
      <Squares squares={squares} />
      <p>
        Or type it in: <code class="secret">{secret.match(/.{1,4}/g).join(" ")}</code>
      </p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["code"]} />
        <CodeField problem={problem} hint="The six digits that the app shows now." />
        <div class="choices">
          <Submit busy={busy} busyLabel="Turning it on …">
            Turn it on
          </Submit>
        </div>
      </form>
    </Dialog>
  );
}

// without a way past it: this is the only time that they are shown
function Codes({ codes, close }) {
  const said = useSignal("");
  const act = async () => {
    const isCopied = await copy(codes.join("\n"));
    said.value = isCopied ? "Copied." : "This browser does not let a page copy: select them and copy them yourself.";
  };
  return (
    <Dialog title="Your recovery codes" key="codes" stays>
      <p>
        It is on, and you are signed out everywhere else. Keep these where you find them without your phone: each signs you in
        once in place of a code. They are not shown again.
      </p>
      <ul class="recovery" aria-label="Recovery codes">
        {codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="choices">
        <button type="button" class="button" autofocus onClick={close}>
          I have kept them
        </button>
        <button type="button" class="button plain" onClick={act}>
          Copy them
        </button>
        <p role="status" class="said">
          {said.value}
        </p>
      </div>
    </Dialog>
  );
}

/** A QR code: dark squares on light ground, in the dark theme too, as not every reader takes the opposite. */
function Squares({ squares }) {
  const size = squares.length;
  const path = squares.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      class="squares"
      role="img"
      aria-label="QR code for your app"
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

const PasswordField = (rest) => (
  <Field label="Password" name="currentPassword" type="password" autocomplete="current-password" required {...rest} />
);

const CodeField = (rest) => (
  <Field label="Code" name="code" autocomplete="one-time-code" autocapitalize="off" spellcheck={false} required {...rest} />
);
