// @ts-nocheck
/** Who is in the room, who else belongs to it, and how I am seen. */

import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { count } from "../../core/format";
import { canModerate, isOwner, canManage } from "../../core/permissions";
import { user } from "../../core/session";
import { lazy, Nothing } from "../../ui/lazy";
import { UserText } from "../../ui/user-text";
import { ArrowKeysHint } from "../../ui/arrow-keys-hint";
import { Avatar } from "../../ui/avatar";
import { SeatMap } from "../../ui/seat-map";
import { SimilarName } from "../../ui/similar-name";
import { StatusDot } from "../../ui/status-dot";
import { useRovingFocus } from "../../ui/roving-focus";
import { ReportBadge } from "../moderation/report-badge";
import { LeaveForNow } from "./current-room-notice";

const STATUS = { active: "Studying", away: "Away", busy: "Do not disturb" };
const CHOICES = { automatic: "Automatic", ...STATUS };
const ROLE = { owner: "keeps the room", moderator: "moderator" };
const MOST = 60;
const MANY = 10;

const ManageMember = lazy(() => import("../moderation/manage-member"), "ManageMember", Nothing);
const AboutPerson = lazy(() => import("../moderation/report-form"), "AboutPerson", Nothing);
const AboutRoom = lazy(() => import("../moderation/report-form"), "AboutRoom", Nothing);

export function People({ room }) {
  const me = user.value.id;
  const people = room.presence.people.value;
  const members = room.members.value;
  const info = room.info.value;
  const managed = useSignal(null);
  const about = useSignal(null);
  const isReporting = useSignal(false);
  const isCurrent = room.state.value === "open" || people.length > 0;
  const member = (id) => room.memberOf.value.get(id);
  const here = new Set(people.map((person) => person.id));
  const others = members.filter((member) => !here.has(member.id));
  const sorted = [...people].sort((a, b) => (b.id === me) - (a.id === me));
  const row = (person, of) => (
    <Person
      key={person.id}
      person={person}
      member={of}
      isMe={person.id === me}
      manage={of && canManage(info, of) ? () => (managed.value = of.id) : null}
      about={() => (about.value = person)}
    />
  );
  return (
    <div class="people" ref={useRovingFocus(".person > .dots", MANY)}>
      {isCurrent && (
        <>
          <h2>Here now</h2>
          <SeatMap people={sorted} seats={info?.totalMembers ?? people.length} most={16} />
        </>
      )}
      <ArrowKeysHint />
      <ul>{sorted.map((person) => row(person, member(person.id)))}</ul>
      {here.has(me) && <MyStatus room={room} />}
      {others.length > 0 && (
        <>
          <h2>{isCurrent ? "Not here" : "Members"}</h2>
          <ul class="absent">{others.slice(0, MOST).map((member) => row(member, member))}</ul>
          {others.length > MOST && <p class="hint">and {count(others.length - MOST, "other")}</p>}
        </>
      )}
      {info?.description && (
        <>
          <h2>About</h2>
          <UserText text={info.description} />
        </>
      )}
      {info?.retentionDays && <p class="hint">Messages are kept for {count(info.retentionDays, "day")}.</p>}
      {here.has(me) && (
        <p>
          <LeaveForNow to="/rooms" />
        </p>
      )}
      <p class="ways">
        {canModerate(info) && <ReportBadge id={room.id} />}
        {info && <a href={`/rooms/${room.id}/settings`}>{isOwner(info) ? "Room settings" : "Leave the room …"}</a>}
      </p>
      {info && !isOwner(info) && (
        <p>
          <button type="button" class="button quiet" onClick={() => (isReporting.value = true)}>
            Report this room
          </button>
        </p>
      )}
      {isReporting.value && <AboutRoom room={info} onClose={() => (isReporting.value = false)} />}
      {about.value && <AboutPerson room={room} person={about.value} onClose={() => (about.value = null)} />}
      {managed.value && <ManageMember room={room} id={managed.value} onClose={() => (managed.value = null)} />}
    </div>
  );
}

function Person({ person, member, isMe, manage, about }) {
  const words = [
    person.status && STATUS[person.status],
    ROLE[member?.role],
    member?.isAdmin && "admin",
    isMuted(member) && "muted",
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <li class="person">
      <Avatar id={person.id} name={person.name} />
      <span class="person-text">
        <span class="person-name">
          <bdi>{person.name}</bdi>
          {isMe ? " (you)" : ""}
        </span>
        {words && (
          <span class="person-status">
            {person.status && <StatusDot status={person.status} />}
            {words}
          </span>
        )}
        {member?.lookalike && <SimilarName />}
      </span>
      {!isMe && (
        <button
          type="button"
          class="button quiet dots"
          aria-label={`${manage ? "Manage" : "About"} ${person.name}`}
          onClick={manage ?? about}
        >
          <span aria-hidden="true">⋯</span>
        </button>
      )}
    </li>
  );
}

const isMuted = (member) => member?.mutedUntil && new Date(member.mutedUntil) > new Date();

function MyStatus({ room }) {
  const id = useId();
  const problem = useSignal("");
  const change = async (event) => {
    problem.value = "";
    await room.myStatus.choose(event.currentTarget.value).catch((failed) => (problem.value = failed.message));
  };
  return (
    <div class="field my-status">
      <label for={id}>Others see you as</label>
      <select id={id} value={room.myStatus.chosen.value ?? "automatic"} onChange={change}>
        {Object.entries(CHOICES).map(([value, words]) => (
          <option value={value} key={value}>
            {words}
          </option>
        ))}
      </select>
      {problem.value && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  );
}
