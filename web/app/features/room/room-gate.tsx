/** A room that is not open to the user: a panel to join it, or the reason why it cannot be opened. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { rooms as api } from "../../core/api";
import { toApiError } from "../../core/http";
import { isAdmin } from "../../core/permissions";
import type { RoomInfo } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { type FormState, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { lazy, Nothing } from "../../ui/lazy";
import { StatusDot } from "../../ui/status-dot";
import { UserText } from "../../ui/user-text";
import { Words } from "../../ui/words";
import { Unsent } from "../messages/unsent-notice";
import { refresh } from "../rooms/my-rooms";
import { membersText } from "../rooms/room-row";
import type { RoomSession } from "./room-session";

const ReportRoom = lazy(() => import("../moderation/report-form"), "ReportRoomDialog", Nothing);

/** Title and hint of each state in which the room is not shown; without a hint its error is. */
const CLOSED = {
  missing: ["room.missing", "room.missingHint"],
  deleted: ["room.deleted", "room.deletedHint"],
  left: ["room.left", "room.leftHint"],
  removed: ["room.removed", "room.removedHint"],
  banned: ["room.banned", "room.bannedHint"],
  gone: ["room.gone", "room.goneHint"],
  failed: ["room.failed", null],
} as const;

export function RoomGate({ room }: { room: RoomSession }): JSX.Element {
  const state = room.state.value;
  if (state === "outside") return <JoinRoom room={room} />;
  const [title, hint] = CLOSED[state as keyof typeof CLOSED];
  return (
    <section class="page narrow closed">
      <Heading title={t(title)} key={state} />
      <p class="lead">{hint ? t(hint) : room.problem.value?.message}</p>
      <p class="choices">
        <a class="button primary" href="/rooms">
          {t("room.toRooms")}
        </a>
        {state === "failed" && (
          <button type="button" class="button" onClick={() => room.tryAgain()}>
            {t("room.tryAgain")}
          </button>
        )}
      </p>
      <Unsent roomId={room.id} />
    </section>
  );
}

function JoinRoom({ room }: { room: RoomSession }) {
  const reload = async () => {
    const found = await api.basicInfo(room.id).catch(() => null);
    if (found && room.info.value) room.info.value = { ...room.info.value, ...found };
  };
  const form = useForm(async () => {
    try {
      await room.enter();
    } catch (failed) {
      if (toApiError(failed).code === "room_full") await reload();
      throw failed;
    }
    void refresh();
  });
  const info = room.info.value;
  return (
    info && (
      <JoinPanel info={info} form={form} reload={reload} lead={room.wasMember && t("room.wasMember")} canReport>
        <Unsent roomId={room.id} />
      </JoinPanel>
    )
  );
}

interface JoinPanelProps {
  info: RoomInfo;
  form: Pick<FormState, "busy" | "problem" | "submit">;
  /** Load the room's data again. */
  reload(): Promise<void>;
  lead?: ComponentChildren;
  canReport?: boolean;
  children?: ComponentChildren;
}

/** A room before joining it, and the button that joins. */
export function JoinPanel({
  info,
  form: { busy, problem, submit },
  reload,
  lead,
  canReport = false,
  children,
}: JoinPanelProps) {
  const isFull = info.capacity !== null && info.totalMembers >= info.capacity;
  const isReporting = useSignal(false);
  const report = (isOpen: boolean) => () => {
    isReporting.value = isOpen;
  };
  return (
    <section class="page narrow room-preview">
      <RoomPreview info={info} lead={lead} />
      <form onSubmit={submit}>
        {isFull ? <FullNotice /> : <ErrorMessage problem={problem} />}
        {canReport && isAdmin() && info.visibility === "private" && <p class="hint">{t("room.adminJoins")}</p>}
        <div class="choices">
          {isFull ? (
            <CheckAgainButton reload={reload} />
          ) : (
            <Submit busy={busy} busyLabel={t("room.joining")} class="primary">
              {t("room.join")}
            </Submit>
          )}
          <a class="button quiet" href="/rooms">
            {t("room.otherRooms")}
          </a>
          {canReport && (
            <button type="button" class="button quiet" onClick={report(true)}>
              {t("room.report")}
            </button>
          )}
        </div>
      </form>
      {isReporting.value && <ReportRoom room={info} onClose={report(false)} />}
      {children}
    </section>
  );
}

const FullNotice = () => (
  <p role="status">
    <Words of="room.full" b={(words) => <b>{words}</b>} />
  </p>
);

function CheckAgainButton({ reload }: Pick<JoinPanelProps, "reload">) {
  const isChecking = useSignal(false);
  const checkAgain = async () => {
    isChecking.value = true;
    await reload();
    isChecking.value = false;
  };
  return (
    <button type="button" class="button" onClick={checkAgain}>
      {isChecking.value ? t("room.checking") : t("room.checkAgain")}
    </button>
  );
}

interface RoomPreviewProps {
  info: RoomInfo;
  lead?: ComponentChildren;
}

/** A room as shown to users who are no members. */
export const RoomPreview = ({ info, lead }: RoomPreviewProps): JSX.Element => (
  <>
    {lead && <p>{lead}</p>}
    <p class="subject" dir="auto">
      {info.subject || t("room.studyRoom")}
    </p>
    <Heading title={info.name} />
    {info.description && <UserText class="lead" text={info.description} />}
    <p class="room-facts">
      <span class="presence">
        {info.activeMembers > 0 && <StatusDot status="active" />}
        {info.activeMembers ? t("rooms.numberHere", { count: info.activeMembers }) : t("room.nobodyHere")}
      </span>
      <span>{membersText(info)}</span>
    </p>
  </>
);
