// @ts-nocheck
/** What can be done about a member by who looks after the room. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { members as api } from "../../core/api";
import { moment } from "../../core/format";
import { isOwner } from "../../core/permissions";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, useForm } from "../../ui/form";
import { SimilarName } from "../../ui/similar-name";
import { ReportPerson } from "./report-form";

const MUTES = [
  [600, "10 minutes"],
  [3_600, "1 hour"],
  [86_400, "1 day"],
];

export function ManageMember({ room, id, onClose }) {
  const member = room.memberOf.value.get(id);
  const known = useRef(member);
  if (member) known.current = member;
  const busy = useSignal(false);
  const problem = useSignal(null);
  const said = useSignal("");
  const act = (words, work) => async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    said.value = "";
    try {
      await work();
      await room.loadMembers();
      said.value = words;
    } catch (failed) {
      problem.value = failed;
    } finally {
      busy.value = false;
    }
  };
  if (!member) return <Gone name={known.current?.name} onClose={onClose} />;
  const { name, role, mutedUntil, lookalike } = member;
  const isMuted = mutedUntil && new Date(mutedUntil) > new Date();
  return (
    <Dialog title={<bdi>{name}</bdi>} onClose={onClose}>
      {lookalike && (
        <p>
          <SimilarName />
        </p>
      )}
      <ErrorMessage problem={problem.value} />
      <p role="status" class={said.value ? "said" : "hidden"}>
        {said.value}
      </p>
      {isOwner(room.info.value) && (
        <section class="deed">
          <h3>Role</h3>
          <p class="hint">
            {role === "moderator"
              ? "Moderators invite, mute, remove and ban members."
              : "A moderator invites, mutes, removes and bans members."}
          </p>
          {role === "moderator" ? (
            <TakeRole room={room} member={member} said={said} />
          ) : (
            <Deed act={act("Is a moderator now.", () => api.setRole(room.id, id, "moderator"))}>Make a moderator</Deed>
          )}
        </section>
      )}
      <section class="deed">
        <h3>Mute</h3>
        <p class="hint">
          {isMuted ? `Muted until ${moment(mutedUntil)}.` : "Stays in the room and reads, but cannot write for a while."}
        </p>
        <div class="choices">
          {isMuted && <Deed act={act("May write again.", () => api.unmute(room.id, id))}>Let them write</Deed>}
          {MUTES.map(([seconds, words]) => (
            <Deed key={seconds} act={act(`Muted for ${words}.`, () => api.mute(room.id, id, seconds))}>
              {words}
            </Deed>
          ))}
        </div>
      </section>
      <section class="deed">
        <h3>Put out</h3>
        <p class="hint">What they said stays. Who is removed may come back; who is banned may not.</p>
        <div class="choices">
          <Remove room={room} member={member} />
          <Ban room={room} member={member} />
        </div>
      </section>
      <details class="deed">
        <summary>Report the name or the picture</summary>
        <ReportPerson room={room} person={member} />
      </details>
    </Dialog>
  );
}

const Deed = ({ act, children }) => (
  <button type="button" class="button plain" onClick={act}>
    {children}
  </button>
);

const Gone = ({ name, onClose }) => (
  <Dialog title={<bdi>{name}</bdi>} onClose={onClose} key="gone">
    <p role="status">Is no member any more.</p>
    <div class="choices">
      <button type="button" class="button" autofocus onClick={onClose}>
        Close
      </button>
    </div>
  </Dialog>
);

function TakeRole({ room, member: { id, name }, said }) {
  const form = useForm(async () => {
    await api.setRole(room.id, id, "member");
    await room.loadMembers();
    said.value = "Is a member now.";
  });
  return (
    <ConfirmButton
      label="Make a member"
      title="Take the role of moderator away?"
      confirm="Take it away"
      busyLabel="Taking it away …"
      form={form}
    >
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        stays a member. Invitations that{" "}
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        made stop working, and cannot be brought back.
      </p>
    </ConfirmButton>
  );
}

function Remove({ room, member: { id, name } }) {
  const form = useForm(async () => {
    await api.remove(room.id, id);
    await room.loadMembers();
  });
  return (
    <ConfirmButton label="Remove" title="Remove from the room?" confirm="Remove" busyLabel="Removing …" form={form}>
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        is put out on all devices.
        {room.info.value.visibility === "private"
          ? " Coming back takes a new invitation: older ones do not work for them any more."
          : " The room is public: they can join again."}
      </p>
    </ConfirmButton>
  );
}

function Ban({ room, member: { id, name } }) {
  const form = useForm(async ({ reason }) => {
    await api.ban(room.id, id, reason || undefined);
    await room.loadMembers();
  }, `ban ${id}`);
  return (
    <ConfirmButton label="Ban" title="Ban from the room?" confirm="Ban" busyLabel="Banning …" form={form} fields={["reason"]}>
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        is put out on all devices, and cannot come back until you lift the ban.
        {room.info.value.visibility === "private" ? " Then they need a new invitation." : ""}
      </p>
      <Field
        label="Reason"
        name="reason"
        maxlength="200"
        dir="auto"
        problem={form.problem}
        hint="For those who look after the room. You may leave it empty."
      />
    </ConfirmButton>
  );
}
