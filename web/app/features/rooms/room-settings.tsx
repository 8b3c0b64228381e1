/** Settings of a room: its form, a new owner, leaving, deletion. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { rooms as api } from "../../core/api";
import { quoted } from "../../core/format";
import { ApiError } from "../../core/http";
import { isOwner } from "../../core/permissions";
import { go } from "../../core/router";
import { user } from "../../core/session";
import type { Member, RoomDetails, RouteBody } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton, ConfirmDialog } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Name } from "../../ui/name";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { ZoneOptions } from "../account/zone-options";
import { refresh, removeRoom } from "./my-rooms";
import { RoomFields, readRoom } from "./room-form";
import { useMyRoom } from "./use-my-room";

type RoomChange = RouteBody<"PUT /api/study-rooms/{id}">;

export function RoomSettings({ id }: { id: string }): JSX.Element {
  const { room, problem, load } = useMyRoom(id);
  const change = (next: RoomDetails) => {
    room.value = next;
  };
  return (
    <section class="page narrow">
      <p>
        <a href={`/rooms/${id}`}>{t("rooms.backToRoom")}</a>
      </p>
      <Heading title={t("rooms.settings")} />
      <ErrorMessage problem={problem.value} retry={load} />
      {room.value ? <Settings room={room.value} onChange={change} /> : !problem.value && <Skeleton />}
    </section>
  );
}

interface SettingsProps {
  room: RoomDetails;
  onChange(room: RoomDetails): void;
}

function Settings({ room, onChange }: SettingsProps) {
  const status = useSignal("");
  const mayTransfer = room.role === "owner" && room.members.length > 1;
  return (
    <>
      {isOwner(room) ? <ChangeForm room={room} /> : <p>{t("rooms.ownerOnly")}</p>}
      <p role="status" class={status.value ? "form-status" : "hidden"}>
        {status.value}
      </p>
      {mayTransfer && <TransferOwnership room={room} onChange={onChange} status={status} />}
      {room.role && room.role !== "owner" && <LeaveRoom room={room} />}
      {isOwner(room) && <DeleteRoom room={room} />}
    </>
  );
}

/** A change of a room that asks for confirmation, because changing it back does not undo it. */
interface PendingChange {
  change: RoomChange;
  effects: string[];
  isOpened: boolean;
}

function ChangeForm({ room }: { room: RoomDetails }) {
  const pendingChange = useSignal<PendingChange | null>(null);
  const saveError = useSignal<ApiError | null>(null);
  const save = async (change: RoomChange) => {
    await api.change(room.id, change);
    void refresh();
    go(`/rooms/${room.id}`);
  };
  const { busy, problem, submit, formProps, restored } = useForm(async (fields) => {
    saveError.value = null;
    const change = readRoom(fields);
    const isOpened = change.visibility === "public" && room.visibility === "private";
    const effects = effectsOf(room, change, isOpened);
    if (!effects.length) return save(change);
    pendingChange.value = { change, effects, isOpened };
    return false;
  }, `room ${room.id}`);
  const close = () => {
    pendingChange.value = null;
  };
  const onError = (failed: ApiError) => {
    close();
    saveError.value = failed;
  };
  return (
    <>
      <form onSubmit={submit} novalidate {...formProps}>
        {restored}
        <RoomFields room={room} problem={problem ?? saveError.value}>
          <Field as="select" label={t("rooms.timeZone")} name="timeZone" problem={problem} hint={t("rooms.timeZoneHint")}>
            <ZoneOptions zone={room.timeZone} />
          </Field>
        </RoomFields>
        <Submit busy={busy} busyLabel={t("rooms.saving")} class="primary">
          {t("rooms.save")}
        </Submit>
      </form>
      {pendingChange.value && <ConfirmChange {...pendingChange.value} save={save} close={close} onError={onError} />}
    </>
  );
}

interface ConfirmChangeProps extends PendingChange {
  save(change: RoomChange): Promise<void>;
  close(): void;
  onError(failed: ApiError): void;
}

function ConfirmChange({ change, effects, isOpened, save, close, onError }: ConfirmChangeProps) {
  const form = useForm(async ({ sure }) => {
    if (isOpened && !sure)
      throw new ApiError({ code: "invalid_input", errors: [{ field: "sure", message: t("rooms.saveUnticked") }] });
    await save(change).catch(onError);
  });
  return (
    <ConfirmDialog
      title={t("rooms.saveTitle")}
      confirm={t("rooms.save")}
      busyLabel={t("rooms.saving")}
      form={form}
      close={close}
    >
      {effects.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {isOpened && (
        <label class="tick">
          <input type="checkbox" name="sure" /> {t("rooms.saveOpened")}
        </label>
      )}
    </ConfirmDialog>
  );
}

/** Effects of a change that changing it back does not undo. */
function effectsOf(room: RoomDetails, { retentionDays }: RoomChange, isOpened: boolean): string[] {
  const effects: string[] = [];
  const isShorter = retentionDays && (!room.retentionDays || retentionDays < room.retentionDays);
  if (isShorter) effects.push(t("rooms.effectShorter", { count: retentionDays }));
  if (isOpened) effects.push(t("rooms.effectPublic"), t("rooms.effectHistory"));
  return effects;
}

interface TransferProps extends SettingsProps {
  status: Signal<string>;
}

function TransferOwnership({ room, onChange, status }: TransferProps) {
  const newOwner = useSignal<Member | null>(null);
  const others = room.members.filter((member) => member.id !== user.value?.id);
  const choose = useForm(async ({ ownerId }) => {
    newOwner.value = others.find(({ id }) => id === ownerId) ?? null;
    return false;
  });
  const transfer = async ({ id, name }: Member) => {
    onChange(await api.change(room.id, { ownerId: id }));
    status.value = t("rooms.transferred", { name: quoted(name) });
  };
  const close = () => {
    newOwner.value = null;
  };
  return (
    <section class="part" aria-labelledby="transfer">
      <h2 id="transfer">{t("rooms.transfer")}</h2>
      <p>{t("rooms.transferHint")}</p>
      <form class="in-line" onSubmit={choose.submit}>
        <Field as="select" label={t("rooms.newOwner")} name="ownerId">
          {others.map((member) => (
            <option value={member.id} key={member.id}>
              {member.name}
            </option>
          ))}
        </Field>
        <button type="submit" class="button danger">
          {t("rooms.transfer")}
        </button>
      </form>
      {newOwner.value && <ConfirmTransfer room={room} newOwner={newOwner.value} transfer={transfer} close={close} />}
    </section>
  );
}

interface ConfirmTransferProps {
  room: RoomDetails;
  newOwner: Member;
  transfer(newOwner: Member): Promise<void>;
  close(): void;
}

function ConfirmTransfer({ room, newOwner, transfer, close }: ConfirmTransferProps) {
  const form = useForm(() => transfer(newOwner));
  const name = <Name of={newOwner.name} />;
  const roomName = <Name of={room.name} />;
  return (
    <ConfirmDialog
      title={<Words of="rooms.transferTitle" name={<bdi>{newOwner.name}</bdi>} />}
      confirm={t("rooms.transfer")}
      busyLabel={t("rooms.transferring")}
      form={form}
      close={close}
    >
      <p>
        <Words of="rooms.transferEffect" name={name} room={roomName} />
      </p>
    </ConfirmDialog>
  );
}

function LeaveRoom({ room }: { room: RoomDetails }) {
  const form = useForm(async () => {
    await api.leave(room.id);
    removeRoom(room.id);
    go("/rooms");
  });
  return (
    <section class="part" aria-labelledby="leave">
      <h2 id="leave">{t("rooms.leave")}</h2>
      <p>{t("rooms.leaveHint")}</p>
      <div>
        <ConfirmButton
          label={t("rooms.leave")}
          title={<Words of="rooms.leaveTitle" room={<bdi>{room.name}</bdi>} />}
          confirm={t("rooms.leave")}
          busyLabel={t("rooms.leaving")}
          form={form}
        >
          <p>{room.visibility === "private" ? t("rooms.leavePrivate") : t("rooms.leavePublic")}</p>
          {room.role === "moderator" && <p>{t("rooms.leaveRole")}</p>}
        </ConfirmButton>
      </div>
    </section>
  );
}

function DeleteRoom({ room }: { room: RoomDetails }) {
  const form = useForm(async () => {
    await api.remove(room.id);
    removeRoom(room.id);
    go("/rooms", { replace: true });
  });
  const name = <Name of={room.name} />;
  return (
    <section class="part" aria-labelledby="delete">
      <h2 id="delete">{t("rooms.delete")}</h2>
      <p>{t("rooms.deleteHint")}</p>
      <ConfirmButton
        label={t("rooms.delete")}
        title={t("rooms.deleteTitle")}
        confirm={t("rooms.delete")}
        busyLabel={t("rooms.deleting")}
        form={form}
      >
        <p>
          <Words of="rooms.deleteEffect" count={room.totalMembers} room={name} />
        </p>
      </ConfirmButton>
    </section>
  );
}
