/** Form of a room, and the view that creates one. */

import type { ComponentChildren, JSX } from "preact";
import { rooms as api } from "../../core/api";
import type { ApiError } from "../../core/http";
import { go } from "../../core/router";
import type { RoomDetails, RouteBody } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { SelectOption } from "../../ui/select-option";
import { refresh } from "./my-rooms";

type FormValues = Readonly<Partial<Record<string, string>>>;
type RoomInput = RouteBody<"POST /api/study-rooms">;

const FIELDS = ["name", "subject", "description", "capacity", "retentionDays", "timeZone"];
const MIN_CAPACITY = 1;
const MAX_CAPACITY = 10_000;
/** Days of retention on offer. */
const RETENTION_DAYS = [7, 30, 90, 180, 365];

/** The room that a form describes. */
export const readRoom = ({
  name = "",
  subject,
  description,
  visibility,
  capacity,
  retentionDays,
  timerControl,
  quietFocus,
  leaderboard,
  timeZone,
}: FormValues): RoomInput => ({
  name,
  subject,
  description,
  visibility: visibility === "private" ? "private" : "public",
  capacity: capacity ? Number(capacity) : undefined,
  retentionDays: Number(retentionDays),
  timerControl: timerControl === "moderators" ? "moderators" : "members",
  quietFocus: quietFocus === "hold" ? "hold" : "off",
  leaderboard: leaderboard === "on" ? "on" : "off",
  timeZone,
});

interface RoomFieldsProps {
  room?: RoomDetails;
  problem: ApiError | null;
  /** More fields, below these. */
  children?: ComponentChildren;
}

export function RoomFields({ room, problem, children }: RoomFieldsProps): JSX.Element {
  return (
    <>
      <ErrorMessage problem={problem} fields={FIELDS} />
      <Field
        label={t("rooms.name")}
        name="name"
        required
        maxlength={80}
        dir="auto"
        defaultValue={room?.name}
        problem={problem}
      />
      <Field
        label={t("rooms.subject")}
        name="subject"
        maxlength={80}
        dir="auto"
        defaultValue={room?.subject}
        problem={problem}
        hint={t("rooms.subjectHint")}
      />
      <Field
        as="textarea"
        label={t("rooms.description")}
        name="description"
        rows={3}
        maxlength={1000}
        dir="auto"
        defaultValue={room?.description}
        problem={problem}
        hint={t("rooms.descriptionHint")}
      />
      <CapacityField capacity={room?.capacity ?? null} problem={problem} />
      <RetentionField days={room?.retentionDays ?? 0} problem={problem} />
      <TimerControlField control={room?.timerControl ?? "members"} />
      <PrivateField isPrivate={room?.visibility === "private"} />
      <QuietFocusField isQuiet={room?.quietFocus === "hold"} />
      <LeaderboardField isOn={room?.leaderboard === "on"} />
      {children}
    </>
  );
}

const CapacityField = ({ capacity, problem }: { capacity: number | null; problem: ApiError | null }) => (
  <Field
    label={t("rooms.capacity")}
    name="capacity"
    type="number"
    inputmode="numeric"
    min={MIN_CAPACITY}
    max={MAX_CAPACITY}
    defaultValue={capacity ?? ""}
    problem={problem}
    hint={t("rooms.capacityHint", { min: MIN_CAPACITY, max: MAX_CAPACITY })}
  />
);

function RetentionField({ days, problem }: { days: number; problem: ApiError | null }) {
  const choices = [...new Set([...RETENTION_DAYS, days])].filter(Boolean).sort((one, other) => one - other);
  return (
    <Field
      as="select"
      label={t("rooms.retention")}
      called={t("rooms.retentionCalled")}
      name="retentionDays"
      problem={problem}
      hint={t("rooms.retentionHint")}
    >
      <option value="0">{t("rooms.retentionServer")}</option>
      {choices.map((number) => (
        <SelectOption value={number} isDefault={number === days} key={number}>
          {t("rooms.days", { count: number })}
        </SelectOption>
      ))}
    </Field>
  );
}

const TimerControlField = ({ control }: { control: RoomDetails["timerControl"] }) => (
  <Field as="select" label={t("rooms.timerControl")} name="timerControl">
    {(["members", "moderators"] as const).map((who) => (
      <SelectOption value={who} isDefault={who === control} key={who}>
        {t(`rooms.timerControl.${who}`)}
      </SelectOption>
    ))}
  </Field>
);

const PrivateField = ({ isPrivate }: { isPrivate: boolean }) => (
  <label class="tick">
    <input type="checkbox" name="visibility" value="private" defaultChecked={isPrivate} />
    <span>
      <b>{t("rooms.private")}</b>
      <br />
      <span class="hint">{t("rooms.privateHint")}</span>
    </span>
  </label>
);

const QuietFocusField = ({ isQuiet }: { isQuiet: boolean }) => (
  <label class="tick">
    <input type="checkbox" name="quietFocus" value="hold" defaultChecked={isQuiet} />
    <span>
      <b>{t("rooms.quietFocus")}</b>
      <br />
      <span class="hint">{t("rooms.quietFocusHint")}</span>
    </span>
  </label>
);

const LeaderboardField = ({ isOn }: { isOn: boolean }) => (
  <label class="tick">
    <input type="checkbox" name="leaderboard" value="on" defaultChecked={isOn} />
    <span>
      <b>{t("rooms.leaderboard")}</b>
      <br />
      <span class="hint">{t("rooms.leaderboardHint")}</span>
    </span>
  </label>
);

export function CreateRoom(): JSX.Element {
  const { busy, problem, submit, formProps, restored } = useForm(async (fields) => {
    const room = await api.create(readRoom(fields));
    void refresh();
    go(`/rooms/${room.id}?invite`, { replace: true });
  }, "new-room");
  return (
    <section class="page narrow">
      <Heading title={t("rooms.create")} />
      <p class="lead">{t("rooms.createHint")}</p>
      <form onSubmit={submit} novalidate {...formProps}>
        {restored}
        <RoomFields problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("rooms.creating")} class="primary">
            {t("rooms.create")}
          </Submit>
          <a class="button quiet" href="/rooms">
            {t("rooms.cancel")}
          </a>
        </div>
      </form>
    </section>
  );
}
