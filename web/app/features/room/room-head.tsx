/** Head of a room: name, subject, people on narrow screens, invitations, menu. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { studyWords } from "../../core/language";
import { go, route } from "../../core/router";
import { figure, t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { Heading } from "../../ui/heading";
import { Icon } from "../../ui/icon";
import { lazy, Nothing } from "../../ui/lazy";
import { myRooms } from "../rooms/my-rooms";
import { RoomMenu } from "./room-menu";
import type { RoomSession } from "./room-session";

const People = lazy(() => import("./people"), "People", Nothing, { ahead: true });
const InviteDialog = lazy(() => import("./invite-dialog"), "InviteDialog", Nothing);
const Schedule = lazy(() => studyWords(() => import("../study/schedule-dialog")), "ScheduleDialog", Nothing);
const ReportRoom = lazy(() => import("../moderation/report-form"), "ReportRoomDialog", Nothing);

type Shown = "people" | "invite" | "schedule" | "report" | null;

interface RoomHeadProps {
  room: RoomSession;
  /** Show the timer and all else for studying. */
  onStudy(): void;
}

export function RoomHead({ room, onStudy }: RoomHeadProps): JSX.Element {
  const { query, path } = route.value;
  const shown = useSignal<Shown>(query.has("invite") ? "invite" : query.has("schedule") ? "schedule" : null);
  const open = (what: Shown) => () => {
    shown.value = what;
  };
  const close = open(null);
  const info = room.info.value ?? myRooms.value?.find(({ id }) => id === room.id);
  useEffect(() => {
    if (query.has("invite") || query.has("schedule")) go(path, { replace: true }); // offered once, not at every reload
  }, []);
  return (
    <header class="room-head">
      <BackLink />
      <div class="room-title">
        <Heading title={info?.name ?? t("room.title")}>{info?.name ?? "\u00a0"}</Heading>
        {info?.subject && (
          <p class="room-sub" dir="auto">
            {info.subject}
          </p>
        )}
      </div>
      <div class="room-tools">
        <StudyButton onClick={onStudy} />
        <PeopleButton room={room} onClick={open("people")} />
        <button type="button" class="button quiet invite-button" onClick={open("schedule")}>
          {t("room.schedule")}
        </button>
        <button type="button" class="button invite-button" onClick={open("invite")}>
          {t("room.invite")}
        </button>
        {info && (
          <RoomMenu info={info} room={room} onInvite={open("invite")} onSchedule={open("schedule")} onReport={open("report")} />
        )}
      </div>
      {shown.value === "people" && (
        <Dialog title={t("room.people")} class="drawer" onClose={close}>
          <People room={room} />
        </Dialog>
      )}
      {shown.value === "invite" && info && <InviteDialog room={info} onClose={close} />}
      {shown.value === "schedule" && <Schedule room={room} onClose={close} />}
      {shown.value === "report" && info && <ReportRoom room={info} onClose={close} />}
    </header>
  );
}

const BackLink = () => (
  <a class="back" href="/rooms" aria-label={t("room.back")}>
    <Icon name="back" />
  </a>
);

/** Opens the timer and all else for studying, for which narrow windows have no place beside the conversation. */
const StudyButton = ({ onClick }: { onClick(): void }) => (
  <button type="button" class="icon-button study-button" aria-label={t("room.study")} title={t("room.study")} onClick={onClick}>
    <Icon name="clock" />
  </button>
);

function PeopleButton({ room, onClick }: { room: RoomSession; onClick(): void }) {
  const { length: count } = room.presence.people.value;
  return (
    <button type="button" class="button quiet people-button" onClick={onClick}>
      <Icon name="people" />
      <span class="figures" aria-hidden="true">
        {figure(count)}
      </span>
      <span class="hidden">{t("room.here", { count })}</span>
    </button>
  );
}
