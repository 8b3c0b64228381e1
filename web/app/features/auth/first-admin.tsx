// @ts-nocheck
/** The link that the server prints at its start while it has no admin: who opens it becomes one. */

import { useSignal } from "@preact/signals";
import { me } from "../../core/api";
import { isAdmin } from "../../core/permissions";
import { go } from "../../core/router";
import { signIn, signUp, updateUser, user } from "../../core/session";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { SignInForm, SignUpForm } from "./auth-forms";

export function FirstAdmin({ id: adminToken }) {
  const isOver = useSignal(!adminToken);
  const attempt = (act) => async (fields) => {
    try {
      await act(fields);
    } catch (problem) {
      if (problem.code === "invalid_admin_link" || problem.of?.("token") || problem.of?.("adminToken")) isOver.value = true;
      throw problem;
    }
    go("/admin", { replace: true });
  };
  const claim = async () => updateUser(await me.becomeFirstAdmin(adminToken));
  const form = useForm(attempt(claim));
  if (isAdmin())
    return (
      <section class="page narrow">
        <Heading title="You are an admin" key="admin" />
        <p class="choices">
          <a class="button" href="/admin">
            To the administration
          </a>
        </p>
      </section>
    );
  if (isOver.value)
    return (
      <section class="page narrow">
        <Heading title="This link is over" key="over" />
        <p role="alert">
          There is an admin by now, the server was started again, or the link is not whole. If there is none yet, the server
          prints a new link each time it starts.
        </p>
        <p class="choices">
          <a class="button" href={user.value ? "/dashboard" : "/"}>
            Go on
          </a>
        </p>
      </section>
    );
  if (user.value)
    return (
      <section class="page narrow">
        <Heading title="Become the admin" key="claim" />
        <p class="lead">
          The first person who uses this link becomes the admin of this server. You are signed in as{" "}
          <b class="email">
            <bdi>{user.value.email}</bdi>
          </b>
          .
        </p>
        <form onSubmit={form.submit}>
          <ErrorMessage problem={form.problem} />
          <Submit busy={form.busy}>Become the admin</Submit>
        </form>
      </section>
    );
  return (
    <section class="page narrow doorway">
      <Heading title="Become the admin" key="guest" />
      <p class="lead">
        The first person who uses this link becomes the admin of this server. An admin sees everybody who has an account, and
        looks after the server.
      </p>
      <section class="part" aria-labelledby="new-here">
        <h2 id="new-here">New here? Make your account</h2>
        <SignUpForm isInvited sign={attempt((fields) => signUp({ ...fields, adminToken }))} />
      </section>
      <section class="part" aria-labelledby="known-here">
        <h2 id="known-here">You have an account? Sign in</h2>
        <SignInForm sign={attempt((fields) => signIn(fields).then(claim))} />
      </section>
    </section>
  );
}
