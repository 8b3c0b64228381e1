// @ts-nocheck
/** The room's door: for who is no member yet, and for what cannot be entered (any more). */

import { useSignal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { count, figure } from "../../core/format";
import { isAdmin } from "../../core/permissions";
import { lazy, Nothing } from "../../ui/lazy";
import { UserText } from "../../ui/user-text";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { SeatMap } from "../../ui/seat-map";
import { Unsent } from "../messages/unsent-notice";
import { refresh } from "../rooms/my-rooms";

const AboutRoom = lazy(() => import("../moderation/report-form"), "AboutRoom", Nothing);

const CLOSED = {
  missing: ["There is no such room", "The link may be incomplete, or the room was deleted or made private."],
  deleted: ["This room is gone", "Its owner deleted it, with all that was said there."],
  left: ["You have left this room", "You are no member any more, on any of your devices."],
  removed: ["You were removed from this room", "Its owner or a moderator ended your membership."],
  banned: ["You were banned from this room", "You cannot come back in unless its owner or a moderator lets you."],
  gone: ["This room is not open to you any more", "It was deleted, or you are no longer a member."],
  failed: ["The room cannot be entered", ""],
};

export function Door({ room }) {
  const state = room.state.value;
  if (state === "outside") return <Outside room={room} />;
  const [title, words] = CLOSED[state];
  return (
    <section class="page narrow closed">
      <Heading title={title} key={state} />
      <p class="lead">{words || room.problem.value?.message}</p>
      <p class="choices">
        <a class="button" href="/rooms">
          To the rooms
        </a>
        {state === "failed" && (
          <button type="button" class="button plain" onClick={() => room.tryAgain()}>
            Try again
          </button>
        )}
      </p>
      <Unsent roomId={room.id} />
    </section>
  );
}

function Outside({ room }) {
  const form = useForm(async () => {
    await room.enter().catch(async (problem) => {
      if (problem.code === "room_full") await look();
      throw problem;
    });
    refresh();
  });
  const look = async () => {
    const found = await api.basicInfo(room.id).catch(() => null);
    if (found) room.info.value = found;
  };
  const lead = room.wasIn && "You are no longer a member of this room: you were removed, or you left it on another device.";
  return (
    <Doorway info={room.info.value} form={form} look={look} lead={lead} canReport>
      <Unsent roomId={room.id} />
    </Doorway>
  );
}

/** A room before joining it, and the button that does. `form` is what `useForm` returned, `look()` asks about the room again. */
export function Doorway({ info, form: { busy, problem, submit }, look, lead, canReport = false, children }) {
  const isFull = Boolean(info.capacity) && info.totalMembers >= info.capacity;
  const isLooking = useSignal(false);
  const isReporting = useSignal(false);
  const lookAgain = async () => {
    isLooking.value = true;
    await look();
    isLooking.value = false;
  };
  return (
    <section class="page narrow doorway">
      <RoomAbout info={info} lead={lead} />
      <form onSubmit={submit}>
        {isFull ? (
          <p role="status">
            <b>This room is full.</b> You can join when a member leaves, or when its owner raises the member limit.
          </p>
        ) : (
          <ErrorMessage problem={problem} />
        )}
        {canReport && isAdmin() && info.visibility === "private" && <p class="hint">The room will say that an admin joined.</p>}
        <div class="choices">
          {isFull ? (
            <button type="button" class="button plain" onClick={lookAgain}>
              {isLooking.value ? "Looking …" : "Look again"}
            </button>
          ) : (
            <Submit busy={busy} busyLabel="Joining …">
              Join this room
            </Submit>
          )}
          <a class="button quiet" href="/rooms">
            Other rooms
          </a>
          {canReport && (
            <button type="button" class="button quiet" onClick={() => (isReporting.value = true)}>
              Report this room
            </button>
          )}
        </div>
      </form>
      {isReporting.value && <AboutRoom room={info} onClose={() => (isReporting.value = false)} />}
      {children}
    </section>
  );
}

/** A room as it is shown to those outside of it. */
export const RoomAbout = ({ info, lead }) => (
  <>
    {lead && <p>{lead}</p>}
    <p class="subject" dir="auto">
      {info.subject || "Study room"}
    </p>
    <Heading title={info.name} />
    {info.description && <UserText class="lead" text={info.description} />}
    <p class="doorway-facts">
      <SeatMap number={info.activeMembers} seats={info.totalMembers} most={16} />
      {facts(info)}
    </p>
  </>
);

function facts({ activeMembers, totalMembers, capacity }) {
  const here = activeMembers ? `${figure(activeMembers)} here now` : "Nobody is here just now";
  return `${here}, ${count(totalMembers, "member")}${capacity ? ` of ${figure(capacity)}` : ""}`;
}
