// @ts-nocheck
/** Opening a room, and changing one. */

import { useSignal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { count, quoted } from "../../core/format";
import { ApiError } from "../../core/http";
import { go } from "../../core/router";
import { user } from "../../core/session";
import { ConfirmDialog, DeleteButton, ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { dropRoom, refresh } from "./my-rooms";
import { useMyRoom } from "./use-my-room";

const FIELDS = ["name", "subject", "description", "capacity", "retentionDays"];

const read = ({ name, subject, description, visibility, capacity, retentionDays }) => ({
  name,
  subject,
  description,
  visibility: visibility ?? "public",
  capacity: capacity ? Number(capacity) : undefined,
  retentionDays: Number(retentionDays),
});

const KEPT = [7, 30, 90, 180, 365];

function RoomFields({ room = {}, problem }) {
  return (
    <>
      <ErrorMessage problem={problem} fields={FIELDS} />
      <Field label="Name" name="name" required maxlength="80" dir="auto" defaultValue={room.name} problem={problem} />
      <Field
        label="Subject"
        name="subject"
        maxlength="80"
        dir="auto"
        defaultValue={room.subject}
        problem={problem}
        hint="Mathematics, French, the whole of Year 11 …"
      />
      <Field
        as="textarea"
        label="Description"
        name="description"
        rows="3"
        maxlength="1000"
        dir="auto"
        defaultValue={room.description}
        problem={problem}
        hint="What is it for, and when do you meet?"
      />
      <Field
        label="Member limit"
        name="capacity"
        type="number"
        inputmode="numeric"
        min="1"
        max="10000"
        defaultValue={room.capacity ?? ""}
        problem={problem}
        hint="A whole number from 1 to 10,000. Leave it empty for no limit."
      />
      <Kept days={room.retentionDays ?? 0} problem={problem} />
      <label class="tick">
        <input type="checkbox" name="visibility" value="private" defaultChecked={room.visibility === "private"} />
        <span>
          <b>Private</b>
          <br />
          <span class="hint">Only members find it. You let others in with an invitation.</span>
        </span>
      </label>
    </>
  );
}

function Kept({ days, problem }) {
  const choices = [...new Set([...KEPT, days])].filter(Boolean).sort((a, b) => a - b);
  return (
    <Field
      as="select"
      label="Messages are kept"
      called="The number of days"
      name="retentionDays"
      problem={problem}
      hint="What is older is deleted within minutes, for everybody and for good."
    >
      <option value="0">for as long as this server keeps them</option>
      {choices.map((number) => (
        <option value={number} defaultSelected={number === days} key={number}>
          for {count(number, "day")}
        </option>
      ))}
    </Field>
  );
}

export function NewRoom() {
  const { busy, problem, submit, formProps, restored } = useForm(async (fields) => {
    const room = await api.open(read(fields));
    refresh();
    go(`/rooms/${room.id}?invite`, { replace: true });
  }, "new room");
  return (
    <section class="page narrow">
      <Heading title="Open a room" />
      <p class="lead">You get a link for your friends as soon as it is open.</p>
      <form onSubmit={submit} novalidate {...formProps}>
        {restored}
        <RoomFields problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel="Opening …">
            Open the room
          </Submit>
          <a class="button quiet" href="/rooms">
            Cancel
          </a>
        </div>
      </form>
    </section>
  );
}

export function RoomSettings({ id }) {
  const { room, problem, load } = useMyRoom(id);
  return (
    <section class="page narrow">
      <p>
        <a href={`/rooms/${id}`}>Back to the room</a>
      </p>
      <Heading title="Room settings" />
      <ErrorMessage problem={problem.value} retry={load} />
      {room.value ? <Settings room={room.value} changed={(next) => (room.value = next)} /> : !problem.value && <Skeleton />}
    </section>
  );
}

function Settings({ room, changed }) {
  const said = useSignal("");
  const isKeeper = room.role === "owner" || user.value.role === "admin";
  return (
    <>
      {isKeeper ? <Change room={room} /> : <p>Only the owner of the room can change it.</p>}
      <p role="status" class={said.value ? "said" : "hidden"}>
        {said.value}
      </p>
      {room.role === "owner" && room.members.length > 1 && <HandOver room={room} changed={changed} said={said} />}
      {room.role && room.role !== "owner" && <Leave room={room} />}
      {isKeeper && <Delete room={room} />}
    </>
  );
}

function Change({ room }) {
  const asked = useSignal(null);
  const late = useSignal(null);
  const save = async (wanted) => {
    await api.change(room.id, wanted);
    refresh();
    go(`/rooms/${room.id}`);
  };
  const { busy, problem, submit, formProps, restored } = useForm(async (fields) => {
    late.value = null;
    const wanted = read(fields);
    const isOpened = wanted.visibility === "public" && room.visibility === "private";
    const effects = effectsOf(room, wanted, isOpened);
    if (!effects.length) return save(wanted);
    asked.value = { wanted, effects, isOpened };
    return false;
  }, `room ${room.id}`);
  const close = () => (asked.value = null);
  return (
    <>
      <form onSubmit={submit} novalidate {...formProps}>
        {restored}
        <RoomFields room={room} problem={problem ?? late.value} />
        <Submit busy={busy} busyLabel="Saving …">
          Save changes
        </Submit>
      </form>
      {asked.value && (
        <Sure {...asked.value} save={save} close={close} refused={(failed) => (close(), (late.value = failed))} />
      )}
    </>
  );
}

const UNTICKED = "Tick the box to make the room public, or press Cancel.";

function Sure({ wanted, effects, isOpened, save, close, refused }) {
  const form = useForm(({ sure }) => {
    if (isOpened && !sure) throw new ApiError({ code: "invalid_input", errors: [{ field: "sure", message: UNTICKED }] });
    return save(wanted).catch(refused);
  });
  return (
    <ConfirmDialog title="Save these changes?" confirm="Save changes" busyLabel="Saving …" form={form} close={close}>
      {effects.map((words) => (
        <p key={words}>{words}</p>
      ))}
      {isOpened && (
        <label class="tick">
          <input type="checkbox" name="sure" /> Yes, make this room public
        </label>
      )}
    </ConfirmDialog>
  );
}

/** Effects of a change that changing it back does not undo. */
function effectsOf(room, { retentionDays }, isOpened) {
  const isShorter = retentionDays && (!room.retentionDays || retentionDays < room.retentionDays);
  return [
    isShorter &&
      `Messages that are older than ${count(retentionDays, "day")} are deleted within minutes, for everybody. They cannot be brought back.`,
    isOpened && "Everybody on this server can find the room and join it. The room tells its members that you made it public.",
    isOpened &&
      "Messages from before can be read only by people who are members now. What is written from then on can be read by everybody who joins.",
  ].filter(Boolean);
}

function HandOver({ room, changed, said }) {
  const heir = useSignal(null);
  const choose = useForm(async ({ ownerId }) => {
    heir.value = others.find(({ id }) => id === ownerId) ?? null;
    return false;
  });
  const form = useForm(async () => {
    const { id, name } = heir.peek();
    changed(await api.change(room.id, { ownerId: id }));
    said.value = `${quoted(name)} is the owner of this room now. You are a moderator.`;
  });
  const others = room.members.filter((member) => member.id !== user.value.id);
  const name = (
    <b>
      <bdi>{heir.value?.name}</bdi>
    </b>
  );
  return (
    <section class="part" aria-labelledby="hand-over">
      <h2 id="hand-over">Hand it over</h2>
      <p>The room goes to somebody else; you stay, as a moderator.</p>
      <form class="in-line" onSubmit={choose.submit}>
        <Field as="select" label="New owner" name="ownerId">
          {others.map((member) => (
            <option value={member.id} key={member.id}>
              {member.name}
            </option>
          ))}
        </Field>
        <button type="submit" class="button danger">
          Hand over
        </button>
      </form>
      {heir.value && (
        <ConfirmDialog
          title={
            <>
              Hand the room over to <bdi>{heir.value.name}</bdi>?
            </>
          }
          confirm="Hand over"
          busyLabel="Handing over …"
          form={form}
          close={() => (heir.value = null)}
        >
          <p>
            {name} becomes the owner of{" "}
            <b>
              <bdi>{room.name}</bdi>
            </b>{" "}
            and can change it, delete it, and take your role away. You stay as a moderator. Only {name} can give the room back.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function Leave({ room }) {
  const form = useForm(async () => {
    await api.leave(room.id);
    dropRoom(room.id);
    go("/rooms");
  });
  const isPrivate = room.visibility === "private";
  return (
    <section class="part" aria-labelledby="leave">
      <h2 id="leave">Leave the room</h2>
      <p>You stop being a member, on all your devices. What you said stays.</p>
      <div>
        <ConfirmButton
          label="Leave"
          title={
            <>
              Leave <bdi>{room.name}</bdi>?
            </>
          }
          confirm="Leave the room"
          busyLabel="Leaving …"
          cancel="Stay"
          form={form}
        >
          <p>
            {isPrivate
              ? "The room is private: you cannot come back without a new invitation."
              : "The room is public: you can join again while it has room for you."}
            {room.role === "moderator" ? " You lose the role of moderator, and your invitations stop working." : ""}
          </p>
        </ConfirmButton>
      </div>
    </section>
  );
}

function Delete({ room }) {
  const form = useForm(async () => {
    await api.remove(room.id);
    dropRoom(room.id);
    go("/rooms", { replace: true });
  });
  return (
    <section class="part" aria-labelledby="delete">
      <h2 id="delete">Delete the room</h2>
      <p>It goes with all that was said there, for everybody, for good.</p>
      <DeleteButton label="Delete this room" title="Delete this room?" form={form}>
        <p>
          <b>
            <bdi>{room.name}</bdi>
          </b>{" "}
          has {count(room.totalMembers, "member")}. What was said there cannot be brought back.
        </p>
      </DeleteButton>
    </section>
  );
}
