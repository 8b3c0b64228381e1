/** Forms that report a message, a user or a room. */

import { useSignal } from "@preact/signals";
import { reports as api } from "../../core/api";
import type { Member, Message } from "../../core/types";
import { type Key, t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { Words } from "../../ui/words";
import type { RoomSession } from "../room/room-session";

interface RoomProps {
  room: RoomSession;
}

const READERS = {
  owner: "moderation.readByAdmins",
  moderator: "moderation.readByOwner",
  member: "moderation.readByModerators",
} as const satisfies Record<string, Key>;

/** Readers of a report about a member of the room, or about a former one. */
const readersAbout = (member?: Member) => (member?.isAdmin ? "moderation.readByAdmins" : READERS[member?.role ?? "member"]);

interface ReportFormProps {
  /** Name of the draft. */
  name: string;
  send: (reason: string) => Promise<unknown>;
  readers: Key;
  /** Name of the person who does not read the report. */
  except?: string;
  label: string;
}

/** A form for the reason of a report. */
function ReportForm({ name, send, readers, except, label }: ReportFormProps) {
  const isSent = useSignal(false);
  const { busy, problem, submit, formProps, restored } = useForm(async ({ reason }) => {
    await send(reason ?? "");
    isSent.value = true;
  }, `report ${name}`);
  if (isSent.value) {
    return (
      <p role="status" class="form-status">
        {t("moderation.reportSent")}
      </p>
    );
  }
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      {restored}
      <ErrorMessage problem={problem} fields={["reason"]} />
      <Field
        label={label}
        called={t("moderation.reason")}
        name="reason"
        maxlength={200}
        dir="auto"
        problem={problem}
        hint={<Readers of={readers} except={except} />}
      />
      <Submit busy={busy} busyLabel={t("moderation.sendingReport")} class="primary">
        {t("moderation.sendReport")}
      </Submit>
    </form>
  );
}

const Readers = ({ of, except }: { of: Key; except?: string }) => (
  <>
    <Words of={of} />{" "}
    {except && (
      <>
        <Words of="moderation.notReadBy" name={<Name of={except} />} />{" "}
      </>
    )}
    {t("moderation.reasonOptional")}
  </>
);

/** The form for a message of a person, or for a notice of the room. */
export function ReportMessage({ room, message: { id, sender } }: RoomProps & { message: Message }) {
  return (
    <ReportForm
      name={id}
      send={(reason) => api.message(room.id, id, reason)}
      readers={sender ? readersAbout(room.memberOf.value.get(sender.id)) : "moderation.readByModeratorsOrAdmins"}
      except={sender ? room.names.current(sender).name : undefined}
      label={t("moderation.whatIsWrongMessage")}
    />
  );
}

type Person = Pick<Member, "id" | "name">;

/** The form for the name, the picture or the activity of a member. */
export const ReportPerson = ({ room, person }: RoomProps & { person: Person }) => (
  <ReportForm
    name={person.id}
    send={(reason) => api.user(room.id, person.id, reason)}
    readers={readersAbout(room.memberOf.value.get(person.id))}
    except={person.name}
    label={t("moderation.whatIsWrongProfile")}
  />
);

/** The dialog about a member that the user cannot manage. */
export const ReportPersonDialog = ({ room, person, onClose }: RoomProps & { person: Person; onClose: () => void }) => (
  <Dialog title={<bdi>{person.name}</bdi>} onClose={onClose}>
    <p class="hint">{t("moderation.messagesAreReportedThere")}</p>
    <ReportPerson room={room} person={person} />
  </Dialog>
);

/** The dialog that reports a room. */
export const ReportRoomDialog = ({
  room: { id, name },
  onClose,
}: {
  room: { id: string; name: string };
  onClose: () => void;
}) => (
  <Dialog title={<bdi>{name}</bdi>} onClose={onClose}>
    <ReportForm
      name={id}
      send={(reason) => api.room(id, reason)}
      readers="moderation.readByAdmins"
      label={t("moderation.whatIsWrongRoom")}
    />
  </Dialog>
);
