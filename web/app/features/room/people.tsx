/** Panel of a room's people: users who are present, other members, the user's own status. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { ApiError } from "../../core/http";
import { now } from "../../core/now";
import { canManage } from "../../core/permissions";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import type { Member, RoomUser, Status } from "../../core/types";
import { t } from "../../core/words";
import { ArrowKeysHint } from "../../ui/arrow-keys-hint";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { lazy, Nothing } from "../../ui/lazy";
import { useRovingFocus } from "../../ui/roving-focus";
import { SimilarName } from "../../ui/similar-name";
import { UserText } from "../../ui/user-text";
import { Words } from "../../ui/words";
import { secondsAt, studyText } from "../study/study-time";
import { Activity } from "./activity";
import { MyActivity } from "./my-activity";
import type { RoomSession } from "./room-session";

/** Members who are listed while they are not present. */
const MAX_LISTED = 60;
/** Buttons from which on they are one stop of the Tab key. */
const LONG_LIST = 10;

const STATUS = { active: "room.online", away: "room.away", busy: "room.busy" } as const;
const CHOICES = ["away", "busy"] as const;

const ManageMember = lazy(() => import("../moderation/manage-member"), "ManageMember", Nothing);
const ReportPersonDialog = lazy(() => import("../moderation/report-form"), "ReportPersonDialog", Nothing);

/** A user in the panel: present with a status, a member with a role, or both. */
type Person = {
  id: string;
  name: string;
  avatar: string | null;
  status?: Status;
  activity?: string | null;
  focusedToday?: RoomUser["focusedToday"];
};

export function People({ room }: { room: RoomSession }): JSX.Element {
  const me = user.value?.id;
  const people: readonly RoomUser[] = room.presence.people.value;
  const info = room.info.value;
  const managed = useSignal<string | null>(null);
  const about = useSignal<Person | null>(null);
  const here = new Set(people.map(({ id }) => id));
  const absent = room.members.value.filter(({ id }) => !here.has(id));
  const isCurrent = room.state.value === "open" || people.length > 0;
  const row = (person: Person) => {
    const member = room.memberOf.value.get(person.id);
    return (
      <PersonRow
        key={person.id}
        room={room}
        person={person}
        member={member}
        isManaged={Boolean(member && info && canManage(info, member))}
        onManage={() => {
          managed.value = person.id;
        }}
        onAbout={() => {
          about.value = person;
        }}
      />
    );
  };
  return (
    <div class="people" ref={useRovingFocus(".person > .dots", LONG_LIST)}>
      {isCurrent && <h2>{t("room.hereNow", { count: people.length })}</h2>}
      <ArrowKeysHint />
      <ul>{[...people].sort((one, other) => Number(other.id === me) - Number(one.id === me)).map(row)}</ul>
      {me && here.has(me) && <StatusField room={room} />}
      <Absent members={absent} isCurrent={isCurrent} row={row} />
      <About room={room} />
      {about.value && <ReportPersonDialog room={room} person={about.value} onClose={() => (about.value = null)} />}
      {managed.value && <ManageMember room={room} id={managed.value} onClose={() => (managed.value = null)} />}
    </div>
  );
}

interface AbsentProps {
  members: readonly Member[];
  isCurrent: boolean;
  row(person: Person): JSX.Element;
}

function Absent({ members: { length: count }, members, isCurrent, row }: AbsentProps) {
  if (!count) return null;
  return (
    <>
      <h2>{isCurrent ? t("room.offlineMembers", { count }) : t("room.members", { count })}</h2>
      <ul class="absent">{members.slice(0, MAX_LISTED).map(row)}</ul>
      {count > MAX_LISTED && <p class="hint">{t("room.moreMembers", { count: count - MAX_LISTED })}</p>}
    </>
  );
}

function About({ room }: { room: RoomSession }) {
  const info = room.info.value;
  if (!info) return null;
  return (
    <>
      {info.description && (
        <>
          <h2>{t("room.description")}</h2>
          <UserText text={info.description} />
        </>
      )}
      {info.retentionDays && <p class="hint">{t("room.retention", { count: info.retentionDays })}</p>}
    </>
  );
}

interface PersonRowProps {
  room: RoomSession;
  person: Person;
  member: Member | undefined;
  isManaged: boolean;
  onManage(): void;
  onAbout(): void;
}

function PersonRow({ room, person, member, isManaged, onManage, onAbout }: PersonRowProps) {
  const { id, name, status, activity = null, focusedToday = null } = person;
  const isMe = id === user.value?.id;
  const facts = [...factsOf(member, status), studiedToday(focusedToday)].filter(Boolean).join(" · ");
  return (
    <li class="person">
      <Avatar id={id} name={name} status={status} />
      <span class="person-text">
        <span class="person-name">{isMe ? <Words of="room.you" name={<bdi>{name}</bdi>} /> : <bdi>{name}</bdi>}</span>
        {status === "active" && <span class="hidden">{t("room.online")}</span>}
        {isMe && status ? <MyActivity room={room} activity={activity} /> : activity && <Activity text={activity} />}
        {facts && <span class="person-status">{facts}</span>}
        {member?.lookalike && <SimilarName />}
      </span>
      {!isMe && (
        <button
          type="button"
          class="button quiet dots"
          aria-label={isManaged ? t("room.manage", { name }) : t("room.about", { name })}
          onClick={isManaged ? onManage : onAbout}
        >
          <Icon name="more" />
        </button>
      )}
    </li>
  );
}

/** Facts beside the name of a person, except the usual ones: a member, online. */
function factsOf(member: Member | undefined, status: Status | undefined) {
  const isMuted = member?.mutedUntil && new Date(member.mutedUntil) > new Date();
  return [
    member?.role === "owner" && t("room.owner"),
    member?.role === "moderator" && t("room.moderator"),
    member?.isAdmin && t("room.admin"),
    status && status !== "active" && t(STATUS[status]),
    isMuted && t("room.muted"),
  ];
}

/** Study time in the room today, of users who show it; nothing below a minute. */
function studiedToday(total: RoomUser["focusedToday"]): string {
  now(); // drawn again each minute
  const seconds = total ? secondsAt(total, serverClock.now()) : 0;
  return seconds < 60 ? "" : t("room.studiedToday", { time: studyText(seconds) });
}

function StatusField({ room }: { room: RoomSession }) {
  const id = useId();
  const problem = useSignal("");
  const change = async (chosen: string) => {
    problem.value = "";
    const status = CHOICES.find((choice) => choice === chosen) ?? null;
    await room.myStatus.choose(status).catch((failed: ApiError) => {
      problem.value = failed.message;
    });
  };
  return (
    <div class="field my-status">
      <label for={id}>{t("room.yourStatus")}</label>
      <select id={id} value={room.myStatus.chosen.value ?? "automatic"} onChange={(event) => change(event.currentTarget.value)}>
        <option value="automatic">{t("room.automatic")}</option>
        {CHOICES.map((status) => (
          <option value={status} key={status}>
            {t(STATUS[status])}
          </option>
        ))}
      </select>
      {problem.value && (
        <p class="field-error" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  );
}
