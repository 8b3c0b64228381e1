// @ts-nocheck
/** The link of an invitation to make an account: who invites, and the form. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../../core/http";
import { go } from "../../core/router";
import { signUp, user } from "../../core/session";
import { ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { SignUpForm } from "./auth-forms";
import { SignOutButton } from "./sign-out-button";

export function Join({ id: invite }) {
  const offer = useSignal(null);
  const problem = useSignal(null);
  const load = () =>
    call("/api/account-invites/lookup", { method: "POST", body: { code: invite } }).then(
      (found) => ((offer.value = found), (problem.value = null)),
      (failed) => (problem.value = failed),
    );
  useEffect(() => {
    if (invite && !user.value) load();
  }, [user.value?.id]);
  const sign = async (fields) => {
    await signUp({ ...fields, invite }).catch((failed) => {
      if (failed.code in OVER) problem.value = failed;
      throw failed;
    });
    go("/dashboard", { replace: true });
  };
  if (user.value)
    return (
      <section class="page narrow closed">
        <Heading title="You have an account" key="known" />
        <p class="lead">
          You are signed in as{" "}
          <b class="email">
            <bdi>{user.value.email}</bdi>
          </b>
          . To make another account, sign out first.
        </p>
        <p class="choices">
          <a class="button" href="/dashboard">
            To my desk
          </a>{" "}
          <SignOutButton />
        </p>
      </section>
    );
  if (!invite || isOver(problem.value))
    return (
      <section class="page narrow closed">
        <Heading title="This invitation is over" key="over" />
        <p class="lead">{OVER[problem.value?.code] ?? OVER.invite_not_found}</p>
        <p class="choices">
          <a class="button" href="/">
            To the entrance
          </a>
        </p>
      </section>
    );
  if (!offer.value)
    return (
      <section class="page door">
        <ErrorMessage problem={problem.value} retry={load} />
        {!problem.value && <Skeleton />}
      </section>
    );
  return (
    <section class="page door">
      <Heading title="Make an account" key="offer" />
      <p class="lead">
        <b>
          <bdi>{offer.value.invitedBy.name}</bdi>
        </b>{" "}
        invites you to Studyhall.
      </p>
      <SignUpForm isInvited sign={sign} email={offer.value.email} />
      <p class="aside">
        You have an account? <a href="/sign-in">Sign in</a>.
      </p>
    </section>
  );
}

// a code that is no code at all is one of a link that was cut or changed
const isOver = (problem) => problem?.code in OVER || Boolean(problem?.of("code"));

const OVER = {
  invite_not_found: "It has ended, was used up, or was taken back. Ask the person who sent it to you for another one.",
  registration_closed: "New accounts are not made here at the moment. Ask the person who sent it to you.",
};
