/** Accounts that wait for approval. */

import { useEffect } from "preact/hooks";
import { isolated } from "../../core/format";
import { sendsMail } from "../../core/server-rules";
import type { ListedUser } from "../../core/types";
import { t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";
import { admin as api } from "./api";
import { accountChanged } from "./changes";

const INTERVAL = 15_000;

/** The list of pending accounts; nothing is shown while there are none. */
export function PendingAccounts() {
  const rows = usePagedList(async (cursor?: string) => {
    const { users, nextCursor } = await api.users({ pending: true, cursor });
    return { items: users, next: nextCursor };
  }, "pending");
  useEffect(() => {
    const isIdle = () => document.visibilityState === "visible" && !document.querySelector("dialog[open]");
    const timer = setInterval(() => isIdle() && rows.load(), INTERVAL);
    return () => clearInterval(timer);
  }, []);
  if (!rows.items?.length && !rows.problem) return null;
  return (
    <section class="part compact" aria-labelledby="pending">
      <h2 id="pending">{t("admin.pending")}</h2>
      <PagedList
        rows={rows}
        label={t("admin.pending")}
        empty={t("admin.noPending")}
        row={(person: ListedUser) => <PendingAccount person={person} rows={rows} />}
      />
    </section>
  );
}

function PendingAccount({ person, rows }: { person: ListedUser; rows: ListActions }) {
  const { id, name, email, verifiedAt, createdAt } = person;
  return (
    <>
      <span class="row-text">
        <Name of={name} />
        <bdi>{email}</bdi>
        <span class="hint">
          {sendsMail && (verifiedAt ? t("admin.verified") : t("admin.unverified"))}{" "}
          <Words of="admin.pendingSince" time={<RelativeTime at={createdAt} />} />
        </span>
      </span>
      <span class="choices">
        <button
          type="button"
          class="button"
          aria-label={t("admin.approveName", { name: isolated(name) })}
          onClick={() => rows.act(id, () => api.approve(id)).then(accountChanged)}
        >
          {rows.busy === id ? t("admin.approving") : t("admin.approve")}
        </button>
        <RejectButton person={person} rows={rows} />
      </span>
    </>
  );
}

function RejectButton({ person: { id, name }, rows }: { person: ListedUser; rows: ListActions }) {
  const form = useForm(async () => {
    await api.reject(id);
    await rows.load();
    accountChanged();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={t("admin.reject")} full={t("admin.rejectName", { name: isolated(name) })} />}
      title={t("admin.askReject")}
      confirm={t("admin.rejectAccount")}
      busyLabel={t("admin.rejecting")}
      form={form}
    >
      <p>
        <Words of="admin.rejectEffect" name={<Name of={name} />} />
      </p>
    </ConfirmButton>
  );
}
