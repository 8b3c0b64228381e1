// @ts-nocheck
/** The dialog that asks for the password again, when a sign-in has ended. */

import { signIn, user } from "../../core/session";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { useCode } from "./auth-forms";
import { SignOutButton } from "./sign-out-button";

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
    return (
      <Dialog title="Your account is disabled" key="disabled">
        <p>{problem.message}</p>
        <div class="choices">
          <SignOutButton class="" autofocus />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Your password again, please" stays>
      <p>Your sign-in has ended. Everything on this page waits for you, what you were writing too.</p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={code.troubleOf(problem)} fields={["password", "code"]} />
        <input type="email" name="email" autocomplete="username" value={user.value.email} hidden readonly />
        <Field
          label={`Password of ${user.value.email}`}
          called="Your password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          problem={problem}
        />
        <code.Field problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel="Signing in …">
            Go on
          </Submit>
        </div>
      </form>
      <div class="choices">
        <SignOutButton class="quiet" />
      </div>
    </Dialog>
  );
}
