// @ts-nocheck
/** For people whose account waits for the approval of an admin: nothing else is open to them. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../../core/api";
import { locked, signOut, updateUser, user } from "../../core/session";
import { Heading } from "../../ui/heading";
import { SignOutButton } from "./sign-out-button";

const EVERY = 10_000;

export function Pending() {
  const isLate = useSignal(false);
  useEffect(() => {
    const look = () =>
      document.visibilityState === "visible" &&
      !locked.peek() &&
      me.show().then(
        (found) => ((isLate.value = false), found.pending || updateUser(found)),
        () => (isLate.value = true),
      );
    look();
    const timer = setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    return () => (clearInterval(timer), document.removeEventListener("visibilitychange", look));
  }, []);
  if (locked.value)
    return (
      <section class="page narrow closed">
        <Heading title="Your sign-in has ended" key="ended" />
        <p class="lead">
          An admin may have refused your account, which is deleted then. Otherwise, sign in again to go on waiting.
        </p>
        <p class="choices">
          <button type="button" class="button" onClick={signOut}>
            Go on
          </button>
        </p>
      </section>
    );
  return (
    <section class="page narrow closed">
      <Heading title="An admin has to approve your account" key="waiting" />
      <p class="lead">
        Your account,{" "}
        <b class="email">
          <bdi>{user.value.email}</bdi>
        </b>
        , is made. As soon as an admin approves it, this page opens by itself.
      </p>
      {isLate.value && (
        <p class="hint" role="status">
          The server cannot be reached just now. Trying again.
        </p>
      )}
      <p class="choices">
        <SignOutButton class="plain" />
      </p>
    </section>
  );
}
