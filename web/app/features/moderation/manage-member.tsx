/** Dialog with the actions of moderators on a member. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { members as api } from "../../core/api";
import { duration } from "../../core/duration";
import { isolated, moment } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { isOwner } from "../../core/permissions";
import type { Member } from "../../core/types";
import { type Key, t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { SimilarName } from "../../ui/similar-name";
import { Words } from "../../ui/words";
import type { RoomSession } from "../room/room-session";
import { ReportPerson } from "./report-form";

const MUTE_DURATIONS = [600, 3_600, 86_400];

interface MemberProps {
  room: RoomSession;
  member: Member;
}

/** State of the dialog: the last action that succeeded, in words, or the error of one that failed. */
interface Actions {
  doneText: Signal<string>;
  /** A click handler that runs `work` and shows `text` afterwards; only one runs at a time. */
  handler: (text: () => string, work: () => Promise<unknown>) => () => Promise<void>;
}

/** The dialog about the member `id` of the room, as long as that is a member. */
export function ManageMember({ room, id, onClose }: { room: RoomSession; id: string; onClose: () => void }) {
  const member = room.memberOf.value.get(id);
  const known = useRef(member);
  if (member) known.current = member;
  const { problem, ...actions } = useActions(room);
  if (!member) return <FormerMember name={known.current?.name ?? ""} onClose={onClose} />;
  const props = { room, member, actions };
  return (
    <Dialog title={<bdi>{member.name}</bdi>} onClose={onClose}>
      {member.lookalike && (
        <p>
          <SimilarName />
        </p>
      )}
      <ErrorMessage problem={problem} />
      <p role="status" class={actions.doneText.value ? "form-status" : "hidden"}>
        {actions.doneText.value}
      </p>
      {isOwner(room.info.value) && <RoleActions {...props} />}
      <ActivityAction {...props} />
      <MuteActions {...props} />
      <RemoveActions {...props} />
      <details class="action">
        <summary>{t("moderation.reportProfile")}</summary>
        <ReportPerson room={room} person={member} />
      </details>
    </Dialog>
  );
}

function useActions(room: RoomSession): Actions & { problem: ApiError | null } {
  const isBusy = useSignal(false);
  const problem = useSignal<ApiError | null>(null);
  const doneText = useSignal("");
  const handler: Actions["handler"] = (text, work) => async () => {
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = null;
    doneText.value = "";
    try {
      await work();
      await room.loadMembers();
      doneText.value = text();
    } catch (error) {
      problem.value = toApiError(error);
    } finally {
      isBusy.value = false;
    }
  };
  return { problem: problem.value, doneText, handler };
}

const ActionButton = ({ label, onClick, children }: { label?: string; onClick: () => void; children: ComponentChildren }) => (
  <button type="button" class="button" aria-label={label} onClick={onClick}>
    {children}
  </button>
);

const FormerMember = ({ name, onClose }: { name: string; onClose: () => void }) => (
  <Dialog title={<bdi>{name}</bdi>} onClose={onClose} key="former">
    <p role="status">
      <Words of="moderation.isNoMember" name={<Name of={name} />} />
    </p>
    <div class="choices">
      <button type="button" class="button primary" autofocus onClick={onClose}>
        {t("ui.close")}
      </button>
    </div>
  </Dialog>
);

function RoleActions({ room, member, actions }: MemberProps & { actions: Actions }) {
  const promote = () => api.setRole(room.id, member.id, "moderator");
  return (
    <section class="action">
      <h3>{t("moderation.role")}</h3>
      <p class="hint">{t("moderation.moderatorsCan")}</p>
      {member.role === "moderator" ? (
        <RemoveModerator room={room} member={member} doneText={actions.doneText} />
      ) : (
        <ActionButton onClick={actions.handler(() => t("moderation.isModeratorNow", { name: isolated(member.name) }), promote)}>
          {t("moderation.makeModerator")}
        </ActionButton>
      )}
    </section>
  );
}

/** Removal of the member's activity, while they are in the room and have one. */
function ActivityAction({ room, member: { id, name }, actions }: MemberProps & { actions: Actions }) {
  const activity = room.presence.people.value.find((person) => person.id === id)?.activity;
  if (!activity) return null;
  return (
    <section class="action">
      <h3>{t("moderation.activity")}</h3>
      <p>
        <bdi dir="auto">{activity}</bdi>
      </p>
      <ActionButton
        onClick={actions.handler(
          () => t("moderation.isActivityCleared", { name: isolated(name) }),
          () => api.clearActivity(room.id, id),
        )}
      >
        {t("moderation.clearActivity")}
      </ActionButton>
    </section>
  );
}

function MuteActions({ room, member: { id, name, mutedUntil }, actions }: MemberProps & { actions: Actions }) {
  const isMuted = mutedUntil && new Date(mutedUntil) > new Date();
  return (
    <section class="action">
      <h3>{t("moderation.mute")}</h3>
      <p class="hint">{isMuted ? t("moderation.mutedUntil", { date: moment(mutedUntil) }) : t("moderation.muteEffect")}</p>
      <div class="choices">
        {isMuted && (
          <ActionButton
            onClick={actions.handler(
              () => t("moderation.isUnmuted", { name: isolated(name) }),
              () => api.unmute(room.id, id),
            )}
          >
            {t("moderation.unmute")}
          </ActionButton>
        )}
        {MUTE_DURATIONS.map((seconds) => (
          <ActionButton
            key={seconds}
            label={t("moderation.muteFor", { duration: duration(seconds) })}
            onClick={actions.handler(
              () => t("moderation.isMutedFor", { name: isolated(name), duration: duration(seconds) }),
              () => api.mute(room.id, id, seconds),
            )}
          >
            {duration(seconds)}
          </ActionButton>
        ))}
      </div>
    </section>
  );
}

const RemoveActions = (props: MemberProps) => (
  <section class="action">
    <h3>{t("moderation.removeOrBan")}</h3>
    <p class="hint">{t("moderation.removeOrBanEffect")}</p>
    <div class="choices">
      <RemoveMember {...props} />
      <BanMember {...props} />
    </div>
  </section>
);

/** A paragraph about the effect of an action on the member; each `{name}` of the message is the name. */
const Effect = ({ of, name }: { of: Key; name: string }) => (
  <p>
    <Words of={of} name={<Name of={name} />} />
  </p>
);

function RemoveModerator({ room, member: { id, name }, doneText }: MemberProps & { doneText: Signal<string> }) {
  const form = useForm(async () => {
    await api.setRole(room.id, id, "member");
    await room.loadMembers();
    doneText.value = t("moderation.isMemberNow", { name: isolated(name) });
  });
  return (
    <ConfirmButton
      label={t("moderation.removeModerator")}
      title={t("moderation.askRemoveModerator")}
      confirm={t("moderation.removeModerator")}
      busyLabel={t("moderation.removingModerator")}
      form={form}
    >
      <Effect of="moderation.removeModeratorEffect" name={name} />
    </ConfirmButton>
  );
}

function RemoveMember({ room, member: { id, name } }: MemberProps) {
  const form = useForm(async () => {
    await api.remove(room.id, id);
    await room.loadMembers();
  });
  const isPrivate = room.info.value?.visibility === "private";
  return (
    <ConfirmButton
      label={t("moderation.remove")}
      title={t("moderation.askRemove")}
      confirm={t("moderation.remove")}
      busyLabel={t("moderation.removing")}
      form={form}
    >
      <Effect of={isPrivate ? "moderation.removeEffectPrivate" : "moderation.removeEffectPublic"} name={name} />
    </ConfirmButton>
  );
}

function BanMember({ room, member: { id, name } }: MemberProps) {
  const form = useForm(async ({ reason }) => {
    await api.ban(room.id, id, reason || null);
    await room.loadMembers();
  }, `ban ${id}`);
  const isPrivate = room.info.value?.visibility === "private";
  return (
    <ConfirmButton
      label={t("moderation.ban")}
      title={t("moderation.askBan")}
      confirm={t("moderation.ban")}
      busyLabel={t("moderation.banning")}
      form={form}
      fields={["reason"]}
    >
      <Effect of={isPrivate ? "moderation.banEffectPrivate" : "moderation.banEffectPublic"} name={name} />
      <Field
        label={t("moderation.reason")}
        name="reason"
        maxlength={200}
        dir="auto"
        problem={form.problem}
        hint={t("moderation.banReasonHint")}
      />
    </ConfirmButton>
  );
}
