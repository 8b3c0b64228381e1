// @ts-nocheck
/** The view of an invitation: the room that it is for, who invites, and the way in, with or without an account. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { invites as api } from "../../core/api";
import { go, onward } from "../../core/router";
import { signIn, signUp, user } from "../../core/session";
import { registration } from "../../ui/form-rules";
import { ErrorMessage } from "../../ui/error-message";
import { useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { SignInForm, SignUpForm } from "../auth/auth-forms";
import { Doorway, RoomAbout } from "../room/room-gate";
import { myRooms, refresh } from "./my-rooms";

export function Invited({ id: code }) {
  const room = useSignal(null);
  const problem = useSignal(null);
  const refused = useSignal(null);
  const isEntering = useSignal(false);
  const load = () =>
    api.look(code).then(
      (found) => ((room.value = found), (problem.value = null)),
      (failed) => (problem.value = failed),
    );
  useEffect(() => {
    if (!isEntering.peek()) load(); // else the invitation may be used up by now, by the one who enters
  }, [user.value?.id]);
  const enter = async () => {
    refused.value = null;
    try {
      const { id } = await api.use(code);
      refresh();
      go(`/rooms/${id}`, { replace: true });
    } catch (failed) {
      refused.value = failed;
      if (failed.code === "room_full") await load();
    }
  };
  // whoever signs in here has said that they want to come in
  const thenEnter = (sign) => async (fields) => {
    isEntering.value = true;
    try {
      await sign(fields);
      await enter();
    } finally {
      isEntering.value = false;
    }
  };
  const form = useForm(enter);
  const failed = refused.value ?? problem.value;
  const closed = failed?.of?.("code") ? "invite_not_found" : failed?.code; // a code that is no code at all: the link was cut or changed
  if (closed in CLOSED) return <Closed words={CLOSED[closed]} />;
  const waits = !room.value || (isEntering.value && user.value);
  if (waits)
    return (
      <section class="page narrow">
        <ErrorMessage problem={problem.value} retry={load} />
        {!problem.value && <Skeleton />}
      </section>
    );
  if (user.value && myRooms.value?.some(({ id }) => id === room.value.id)) return <Inside room={room.value} />;
  const lead = lede(room.value.invitedBy);
  if (user.value) return <Doorway info={room.value} form={{ ...form, problem: refused.value }} look={load} lead={lead} />;
  return (
    <section class="page narrow doorway">
      <RoomAbout info={room.value} lead={lead} />
      <section class="part" aria-labelledby="new-here">
        <h2 id="new-here">{registration === "open" ? "New here? Make an account to join" : "New here?"}</h2>
        <SignUpForm send={thenEnter(signUp)} />
      </section>
      <section class="part" aria-labelledby="known-here">
        <h2 id="known-here">You have an account? Sign in to join</h2>
        <SignInForm send={thenEnter(signIn)} />
        <p class="aside">
          <a href={`/forgot${onward()}`}>Forgotten your password?</a>
        </p>
      </section>
    </section>
  );
}

const lede = (inviter) =>
  inviter ? (
    <>
      <b>
        <bdi>{inviter.name}</bdi>
      </b>{" "}
      invites you to this room.
    </>
  ) : (
    "You are invited to this room."
  );

const Inside = ({ room }) => (
  <section class="page narrow doorway">
    <RoomAbout info={room} lead="You are a member of this room already." />
    <p class="choices">
      <a class="button" href={`/rooms/${room.id}`}>
        Go to the room
      </a>
    </p>
  </section>
);

const OVER = [
  "This invitation is over",
  "It has ended, was used up, or was taken back. Ask the person who sent it to you for another one.",
];
const CLOSED = {
  invite_not_found: OVER,
  room_not_found: OVER,
  banned: ["You were banned from this room", "You cannot come back in unless its owner or a moderator lets you."],
};

const Closed = ({ words: [title, words] }) => (
  <section class="page narrow closed">
    <Heading title={title} key={title} />
    <p class="lead">{words}</p>
    {words === OVER[1] && user.value && <p>If you used it yourself, the room is on your desk.</p>}
    <p class="choices">
      <a class="button" href={user.value ? "/dashboard" : "/"}>
        {user.value ? "To my desk" : "To the entrance"}
      </a>
    </p>
  </section>
);
