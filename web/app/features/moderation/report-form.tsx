// @ts-nocheck
/** Reporting a message, a user or a room to people who decide what happens. */

import { useSignal } from "@preact/signals";
import { reports as api } from "../../core/api";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";

const ADMINS = "The admins of this server";
const READERS = {
  owner: ADMINS,
  moderator: `The owner of the room and the admins of this server`,
  member: "The owner and the moderators of the room and the admins of this server",
};

/** The readers of a report about a member of a room, or a former one. */
const readersAbout = (member) => (member?.isAdmin ? ADMINS : READERS[member?.role ?? "member"]);

/** A form for a reason. `send(reason)` reports, `name` is that of the draft, `except` is the name of a person who does not read it. */
export function ReportForm({ name, send, readers, except, label, children }) {
  const isReported = useSignal(false);
  const { busy, problem, submit, formProps, restored } = useForm(async ({ reason }) => {
    await send(reason);
    isReported.value = true;
  }, `report ${name}`);
  if (isReported.value)
    return (
      <p role="status" class="said">
        Reported. The people who read it decide what happens.
      </p>
    );
  return (
    <form onSubmit={submit} novalidate {...formProps}>
      {restored}
      <ErrorMessage problem={problem} fields={["reason"]} />
      <Field
        label={label}
        called="What you say"
        name="reason"
        maxlength="200"
        dir="auto"
        problem={problem}
        hint={
          <>
            {readers} read this, and that it is from you.
            {except && (
              <>
                {" "}
                <b>
                  <bdi>{except}</bdi>
                </b>{" "}
                does not.
              </>
            )}{" "}
            You may leave it empty.
          </>
        }
      />
      <Submit busy={busy} busyLabel="Reporting …">
        {children}
      </Submit>
    </form>
  );
}

/** The form for a message: of a person, or a notice of the room. */
export function ReportMessage({ room, message }) {
  const { id, sender } = message;
  return (
    <ReportForm
      name={id}
      send={(reason) => api.make(room.id, id, reason)}
      readers={
        sender
          ? readersAbout(room.memberOf.value.get(sender.id))
          : "The people who look after the room, or the admins of this server,"
      }
      except={sender && room.names.today(sender).name}
      label="What is wrong with it?"
    >
      Report this message
    </ReportForm>
  );
}

/** The form for the name or the picture of a member. */
export const ReportPerson = ({ room, person }) => (
  <ReportForm
    name={person.id}
    send={(reason) => api.user(room.id, person.id, reason)}
    readers={readersAbout(room.memberOf.value.get(person.id))}
    except={person.name}
    label="What is wrong with the name or the picture?"
  >
    Report this name
  </ReportForm>
);

/** The dialog about a member whom one cannot manage. */
export const AboutPerson = ({ room, person, onClose }) => (
  <Dialog title={<bdi>{person.name}</bdi>} onClose={onClose}>
    <p class="hint">To report a message, use the button beside it.</p>
    <ReportPerson room={room} person={person} />
  </Dialog>
);

/** The dialog that reports a room `{id, name}`. */
export const AboutRoom = ({ room: { id, name }, onClose }) => (
  <Dialog title={<bdi>{name}</bdi>} onClose={onClose}>
    <ReportForm
      name={id}
      send={(reason) => api.room(id, reason)}
      readers={ADMINS}
      label="What is wrong with the name, the description or the picture?"
    >
      Report this room
    </ReportForm>
  </Dialog>
);
