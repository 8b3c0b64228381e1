/** New admins: one admin proposes a user, another one confirms. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isolated, moment } from "../../core/format";
import { user as me } from "../../core/session";
import type { Promotion } from "../../core/types";
import { t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";
import { admin as api } from "./api";
import { accountChanged, accountChanges } from "./changes";

/** The proposals that wait for another admin. With `hidesEmpty` nothing is shown while there are none. */
export function Promotions({ hidesEmpty = false }: { hidesEmpty?: boolean }) {
  const changes = accountChanges.value;
  const rows = usePagedList(async () => {
    const promotions = await api.promotions();
    return { items: promotions.map((promotion) => ({ ...promotion, id: promotion.user.id })), next: null };
  });
  useEffect(() => void (rows.items && rows.load()), [changes]);
  if (hidesEmpty && !rows.items?.length && !rows.problem) return null;
  return (
    <section class="part compact" aria-labelledby="promotions">
      <h2 id="promotions">{t("admin.newAdmins")}</h2>
      <p class="hint">{t("admin.newAdminsRule")}</p>
      <PagedList
        rows={rows}
        label={t("admin.newAdmins")}
        empty={t("admin.noProposals")}
        row={(promotion: Promotion) => <Proposal promotion={promotion} rows={rows} />}
      />
    </section>
  );
}

interface ProposalProps {
  promotion: Promotion;
  rows: ListActions;
}

function Proposal({ promotion, rows }: ProposalProps) {
  const { user, proposedBy, createdAt, expiresAt } = promotion;
  const isMine = proposedBy.id === me.value?.id;
  const end = isMine
    ? { label: t("admin.withdraw"), full: t("admin.withdrawName", { name: isolated(user.name) }) }
    : { label: t("admin.reject"), full: t("admin.rejectName", { name: isolated(user.name) }) };
  return (
    <>
      <span class="row-text">
        <Name of={user.name} />
        <bdi>{user.email}</bdi>
        <span class="hint">
          <Words
            of={isMine ? "admin.proposedByYou" : "admin.proposedBy"}
            name={<bdi>{proposedBy.name}</bdi>}
            time={<RelativeTime at={createdAt} />}
            date={<time dateTime={expiresAt}>{moment(expiresAt)}</time>}
          />
        </span>
      </span>
      <span class="choices">
        {!isMine && <ConfirmPromotion promotion={promotion} rows={rows} />}
        <button
          type="button"
          class="button"
          aria-label={end.full}
          onClick={() => rows.act(user.id, () => api.rejectPromotion(user.id))}
        >
          {end.label}
        </button>
      </span>
    </>
  );
}

function ConfirmPromotion({ promotion: { user, proposedBy }, rows }: ProposalProps) {
  const form = useForm(async () => {
    await api.confirm(user.id);
    await rows.load();
    accountChanged();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={t("admin.confirm")} full={t("admin.confirmName", { name: isolated(user.name) })} />}
      title={t("admin.askConfirm")}
      confirm={t("admin.makeAdmin")}
      busyLabel={t("admin.confirming")}
      form={form}
    >
      <p>
        <Words
          of="admin.confirmEffect"
          name={<Name of={user.name} />}
          email={<bdi>{user.email}</bdi>}
          proposer={<Name of={proposedBy.name} />}
        />
      </p>
    </ConfirmButton>
  );
}

/** The button in the list of users that proposes one as an admin. */
export function ProposeButton({ id, name }: { id: string; name: string }) {
  const isProposed = useSignal(false);
  const form = useForm(async () => {
    await api.propose(id);
    isProposed.value = true;
    accountChanged();
  });
  if (isProposed.value) return <span role="status">{t("admin.proposed")}</span>;
  return (
    <ConfirmButton
      class=""
      label={<ActionLabel short={t("admin.makeAdmin")} full={t("admin.makeAdminName", { name: isolated(name) })} />}
      title={t("admin.askPropose")}
      confirm={t("admin.propose")}
      busyLabel={t("admin.proposing")}
      form={form}
    >
      <p>
        <Words of="admin.proposeEffect" name={<Name of={name} />} />
      </p>
    </ConfirmButton>
  );
}
