/** View of an invitation: its room, the inviter, and joining with or without an account. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { invites as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { go, signInSuffix } from "../../core/router";
import { signIn, signUp, user } from "../../core/session";
import type { InvitedRoom } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { useForm } from "../../ui/form";
import { registration } from "../../ui/form-rules";
import { Heading } from "../../ui/heading";
import { Name } from "../../ui/name";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { SignInForm, SignUpForm } from "../auth/auth-forms";
import { JoinPanel, RoomPreview } from "../room/room-gate";
import { myRooms, refresh } from "./my-rooms";

const OVER = { title: "rooms.inviteOver", hint: "rooms.inviteOverHint", isOver: true } as const;
const BANNED = { title: "rooms.banned", hint: "rooms.bannedHint", isOver: false } as const;
type Closed = typeof OVER | typeof BANNED;
/** Error codes after which the invitation leads nowhere. */
const CLOSED: { readonly [code: string]: Closed } = {
  invite_not_found: OVER,
  room_not_found: OVER,
  banned: BANNED,
};

export function AcceptInvite({ id: code }: { id: string }): JSX.Element {
  const { room, failed, refused, isJoining, load, join, thenJoin } = useInvite(code);
  const form = useForm(join);
  // a code that is no code at all: the link was cut or changed
  const closed = CLOSED[failed?.of("code") ? "invite_not_found" : (failed?.code ?? "")];
  if (closed) return <ClosedInvite {...closed} />;
  const isWaiting = isJoining && user.value;
  if (!room || isWaiting)
    return (
      <section class="page narrow">{room || !failed ? <Skeleton /> : <ErrorMessage problem={failed} retry={load} />}</section>
    );
  if (user.value && myRooms.value?.some(({ id }) => id === room.id)) return <AlreadyMember room={room} />;
  if (!user.value) return <GuestForms room={room} thenJoin={thenJoin} />;
  return <JoinPanel info={room} form={{ ...form, problem: refused }} reload={load} lead={<Inviter room={room} />} />;
}

/** State of an invitation: its room, errors, and `join()`. */
function useInvite(code: string) {
  const room = useSignal<InvitedRoom | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const refused = useSignal<ApiError | null>(null);
  const isJoining = useSignal(false);
  const load = () =>
    api.lookup(code).then(
      (found) => {
        room.value = found;
        problem.value = null;
      },
      (failed) => {
        problem.value = failed;
      },
    );
  // at once: later, the user who joins may have used it up
  useLayoutEffect(() => {
    if (!isJoining.peek()) void load();
  }, [user.value?.id]);
  const join = async () => {
    refused.value = null;
    try {
      const { id } = await api.accept(code);
      void refresh();
      go(`/rooms/${id}`, { replace: true });
    } catch (failed) {
      refused.value = toApiError(failed);
      if (refused.value.code === "room_full") await load();
    }
  };
  /** Signing in on this view means joining. */
  const thenJoin =
    <Fields,>(sign: (fields: Fields) => Promise<void>) =>
    async (fields: Fields) => {
      isJoining.value = true;
      try {
        await sign(fields);
        await join();
      } finally {
        isJoining.value = false;
      }
    };
  return {
    room: room.value,
    failed: refused.value ?? problem.value,
    refused: refused.value,
    isJoining: isJoining.value,
    load,
    join,
    thenJoin,
  };
}

interface GuestFormsProps {
  room: InvitedRoom;
  thenJoin: ReturnType<typeof useInvite>["thenJoin"];
}

const GuestForms = ({ room, thenJoin }: GuestFormsProps) => (
  <section class="page narrow room-preview">
    <RoomPreview info={room} lead={<Inviter room={room} />} />
    <section class="part" aria-labelledby="new-here">
      <h2 id="new-here">{registration === "open" ? t("rooms.signUpToJoin") : t("rooms.newHere")}</h2>
      <SignUpForm send={thenJoin(signUp)} />
    </section>
    <section class="part" aria-labelledby="known-here">
      <h2 id="known-here">{t("rooms.signInToJoin")}</h2>
      <SignInForm send={thenJoin(signIn)} isPrimary={false} />
      <p class="aside">
        <a href={`/forgot${signInSuffix()}`}>{t("auth.forgotPassword")}</a>
      </p>
    </section>
  </section>
);

const Inviter = ({ room: { invitedBy } }: { room: InvitedRoom }) => {
  if (!invitedBy) return t("rooms.invited");
  return <Words of="rooms.invitedBy" name={<Name of={invitedBy.name} />} />;
};

const AlreadyMember = ({ room }: { room: InvitedRoom }) => (
  <section class="page narrow room-preview">
    <RoomPreview info={room} lead={t("rooms.alreadyMember")} />
    <p class="choices">
      <a class="button primary" href={`/rooms/${room.id}`}>
        {t("rooms.goToRoom")}
      </a>
    </p>
  </section>
);

const ClosedInvite = ({ title, hint, isOver }: Closed) => (
  <section class="page narrow closed">
    <Heading title={t(title)} key={title} />
    <p class="lead">{t(hint)}</p>
    {isOver && user.value && <p>{t("rooms.inviteUsedByMe")}</p>}
    <p class="choices">
      <a class="button primary" href={user.value ? "/dashboard" : "/"}>
        {user.value ? t("rooms.goHome") : t("rooms.goToStart")}
      </a>
    </p>
  </section>
);
