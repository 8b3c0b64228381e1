/** Dialog that invites people: the link of the room, and invitations that expire. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { invites as api } from "../../core/api";
import { withBase } from "../../core/base";
import { copy } from "../../core/clipboard";
import { until } from "../../core/format";
import { canModerate } from "../../core/permissions";
import type { Invite, Room } from "../../core/types";
import { figure, t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { SelectOption } from "../../ui/select-option";

const DAY_IN_SECONDS = 86_400;
const EXPIRY_DAYS = [1, 7, 30];
const USUAL_EXPIRY = 7;
const MAX_USES = [1, 10, 30, 100];

interface InviteDialogProps {
  room: Room;
  onClose(): void;
}

export function InviteDialog({ room, onClose }: InviteDialogProps): JSX.Element {
  const mayInvite = canModerate(room);
  return (
    <Dialog title={t("room.inviteTitle")} onClose={onClose}>
      {room.visibility === "private" ? (
        <p>{mayInvite ? t("room.invitePrivate") : t("room.invitePrivateMember")}</p>
      ) : (
        <LinkField
          label={t("room.inviteLink")}
          link={location.origin + withBase(`/rooms/${room.id}`)}
          hint={t("room.inviteLinkHint")}
        />
      )}
      {mayInvite && <Invitations room={room} />}
    </Dialog>
  );
}

function Invitations({ room }: { room: Room }) {
  const rows = usePagedList(async () => ({ items: await api.list(room.id) }));
  const created = useSignal<string | null>(null);
  const { busy, problem, submit } = useForm(async ({ days, uses }) => {
    const input = { expiresIn: Number(days) * DAY_IN_SECONDS, uses: uses ? Number(uses) : undefined };
    created.value = (await api.create(room.id, input)).id;
    await rows.load();
  });
  return (
    <section class="invitations" aria-labelledby="invitations">
      <h3 id="invitations">{t("room.invitations")}</h3>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <InvitationFields />
        <Submit busy={busy} busyLabel={t("room.creating")} class={room.visibility === "private" ? "primary" : ""}>
          {t("room.createInvitation")}
        </Submit>
      </form>
      <PagedList
        rows={rows}
        label={t("room.invitations")}
        empty={t("room.noInvitations")}
        row={(invite: Invite) => (
          <Invitation invite={invite} isNew={created.value === invite.id} room={room} onRevoked={() => rows.load()} />
        )}
      />
    </section>
  );
}

const InvitationFields = () => (
  <div class="side-by-side">
    <Field as="select" label={t("room.expires")} name="days">
      {EXPIRY_DAYS.map((days) => (
        <SelectOption value={days} isDefault={days === USUAL_EXPIRY} key={days}>
          {t("room.expiresAfter", { count: days })}
        </SelectOption>
      ))}
    </Field>
    <Field as="select" label={t("room.maxUses")} name="uses">
      <option value="">{t("room.unlimited")}</option>
      {MAX_USES.map((uses) => (
        <option value={uses} key={uses}>
          {figure(uses)}
        </option>
      ))}
    </Field>
  </div>
);

interface InvitationProps {
  invite: Invite;
  isNew: boolean;
  room: Room;
  onRevoked(): Promise<void>;
}

function Invitation({ invite: { id, code, expiresAt, uses, used }, isNew, room, onRevoked }: InvitationProps) {
  const form = useForm(async () => {
    await api.revoke(room.id, id);
    await onRevoked();
  });
  const when = until(expiresAt);
  return (
    <LinkField
      label={isNew ? t("room.newInvitation") : t("room.invitation")}
      link={location.origin + withBase(`/invite#${code}`)}
      hint={uses ? t("room.usedOf", { used, count: uses, when }) : t("room.used", { count: used, when })}
      isNew={isNew}
    >
      <ConfirmButton
        label={t("room.revoke")}
        title={t("room.revokeTitle")}
        confirm={t("room.revoke")}
        busyLabel={t("room.revoking")}
        form={form}
      >
        <p>{t("room.revokeEffect")}</p>
      </ConfirmButton>
    </LinkField>
  );
}

interface LinkFieldProps {
  label: string;
  link: string;
  hint: string;
  isNew?: boolean;
  /** More actions beside copying. */
  children?: ComponentChildren;
}

/** A link to copy. */
export function LinkField({ label, link, hint, isNew = false, children }: LinkFieldProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const status = useSignal("");
  const copyLink = async () => {
    status.value = (await copy(link)) ? t("room.copied") : t("room.selected");
    input.current?.select();
  };
  return (
    <div class={`field link ${isNew ? "new" : ""}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={input}
        readonly
        value={link}
        aria-describedby={`${id}-hint`}
        onFocus={(event) => event.currentTarget.select()}
      />
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <div class="choices">
        <button type="button" class={`button ${children ? "" : "primary"}`} onClick={copyLink}>
          {t("room.copyLink")}
        </button>
        {children}
        <p role="status" class="form-status">
          {status.value}
        </p>
      </div>
    </div>
  );
}
