/** Invitations to create an account. */

import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { withBase } from "../../core/base";
import { duration } from "../../core/duration";
import { isolated, until } from "../../core/format";
import type { AccountInvite, UserSummary } from "../../core/types";
import { locale, t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { SelectOption } from "../../ui/select-option";
import { Words } from "../../ui/words";
import { LinkField } from "../room/invite-dialog";
import { admin as api } from "./api";

const DAY = 86_400;
const LIFETIMES = [DAY, 7 * DAY, 30 * DAY, 90 * DAY];
const USES = [1, 10, 30, 100];

/** The section about invitations: a form for a new one, and the list. */
export function AccountInvites() {
  const rows = usePagedList(async () => ({ items: await api.invites() }));
  const created = useSignal<AccountInvite | null>(null);
  const { busy, problem, submit } = useForm(async ({ lifetime, uses, email = "" }, form) => {
    created.value = await api.invite({
      expiresIn: Number(lifetime),
      uses: uses ? Number(uses) : undefined,
      email: email.trim() || undefined,
    });
    form.reset();
    await rows.load();
  });
  const { value: invite } = created;
  return (
    <section class="part" aria-labelledby="account-invites">
      <h2 id="account-invites">{t("admin.accountInvitations")}</h2>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["email"]} />
        <Choices />
        <Field label={t("admin.onlyForEmail")} name="email" type="email" problem={problem} hint={t("admin.onlyForEmailHint")} />
        <Submit busy={busy} busyLabel={t("admin.creating")} class="primary">
          {t("admin.createInvitation")}
        </Submit>
      </form>
      {invite && (
        <LinkField
          label={t("admin.newInvitation")}
          isNew
          link={location.origin + withBase(`/join#${invite.code}`)}
          key={invite.id}
          hint={invite.mailed ? t("admin.copyNowMailed") : t("admin.copyNow")}
        />
      )}
      <div class="compact">
        <PagedList
          rows={rows}
          label={t("admin.accountInvitations")}
          empty={t("admin.noInvitations")}
          row={(listed: AccountInvite) => <InviteRow invite={listed} rows={rows} />}
        />
      </div>
    </section>
  );
}

const Choices = () => (
  <div class="side-by-side">
    <Field as="select" label={t("admin.expires")} name="lifetime">
      {LIFETIMES.map((seconds) => (
        <SelectOption value={seconds} isDefault={seconds === 7 * DAY} key={seconds}>
          {t("admin.expiresAfter", { duration: duration(seconds) })}
        </SelectOption>
      ))}
    </Field>
    <Field as="select" label={t("admin.maxUses")} name="uses">
      {USES.map((count) => (
        <SelectOption value={count} isDefault={count === 1} key={count}>
          {t("admin.people", { count })}
        </SelectOption>
      ))}
      <SelectOption value="">{t("admin.anyNumber")}</SelectOption>
    </Field>
  </div>
);

function state({ works, revoked, createdBy, expiresAt, uses, used }: AccountInvite): string {
  if (works) return t("admin.inviteExpires", { time: until(expiresAt) });
  if (revoked) return t("admin.inviteRevoked");
  if (new Date(expiresAt) <= new Date()) return t("admin.inviteExpired");
  return uses && used >= uses ? t("admin.inviteUsedUp") : t("admin.inviteWithoutAdmin", { name: isolated(createdBy.name) });
}

function InviteRow({ invite, rows }: { invite: AccountInvite; rows: ListActions }) {
  const { email, uses, createdBy, works } = invite;
  return (
    <>
      <span class="row-text">
        <span class="row-name">
          <b>
            <bdi>{email ?? (uses ? t("admin.forPeople", { count: uses }) : t("admin.forAnyNumber"))}</bdi>
          </b>
          <span class="state">{state(invite)}</span>
        </span>
        <span>
          <Uses invite={invite} />
        </span>
        <span class="hint">
          <Words of="admin.createdBy" name={<bdi>{createdBy.name}</bdi>} />
        </span>
      </span>
      {works && <RevokeButton invite={invite} rows={rows} />}
    </>
  );
}

function Uses({ invite: { uses, used, usedBy } }: { invite: AccountInvite }) {
  const names = usedBy.length > 0 && <NameList people={usedBy} />;
  if (uses && names) return <Words of="admin.usedOfBy" used={used} count={uses} names={names} />;
  if (uses) return <Words of="admin.usedOf" used={used} count={uses} />;
  return names ? <Words of="admin.usedBy" count={used} names={names} /> : <Words of="admin.used" count={used} />;
}

/** Names of people, joined as in the language. */
function NameList({ people }: { people: readonly UserSummary[] }) {
  const list = new Intl.ListFormat(locale.value, { type: "conjunction" });
  const parts = list.formatToParts(people.map(({ name }) => name));
  return (
    <>
      {parts.map(({ type, value }, at) =>
        type === "element" ? <bdi key={at}>{value}</bdi> : <Fragment key={at}>{value}</Fragment>,
      )}
    </>
  );
}

function RevokeButton({ invite: { id }, rows }: { invite: AccountInvite; rows: ListActions }) {
  const form = useForm(async () => {
    await api.revokeInvite(id);
    await rows.load();
  });
  return (
    <ConfirmButton
      label={t("admin.revoke")}
      title={t("admin.askRevoke")}
      confirm={t("admin.revokeInvitation")}
      busyLabel={t("admin.revoking")}
      form={form}
    >
      <p>{t("admin.revokeEffect")}</p>
    </ConfirmButton>
  );
}
