/** Users of the server. */

import { isolated } from "../../core/format";
import { user as me } from "../../core/session";
import type { ListedUser } from "../../core/types";
import { t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { verifies } from "../../ui/form-rules";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";
import { admin as api } from "./api";
import { accountChanges } from "./changes";
import { DisableButton } from "./disable-button";
import { PendingAccounts } from "./pending-accounts";
import { Promotions, ProposeButton } from "./promotions";
import { SearchForm } from "./search-form";
import { useSearch } from "./use-search";

/** The section about users: pending accounts, new admins, and all users. */
export const Users = () => (
  <>
    <PendingAccounts />
    <AllUsers />
    <Promotions />
  </>
);

function AllUsers() {
  const changes = accountChanges.value;
  const rows = usePagedList(async (cursor?: string) => {
    const { users, nextCursor } = await api.users({ search: search.text.peek(), cursor });
    return { items: users, next: nextCursor };
  }, "users");
  const search = useSearch(rows, changes);
  return (
    <section class="part compact" aria-labelledby="users">
      <header class="row-head">
        <h2 id="users">{t("admin.allUsers")}</h2>
        <SearchForm {...search} label={t("admin.searchUsers")} placeholder={t("admin.nameOrEmail")} />
      </header>
      <PagedList
        rows={rows}
        label={t("admin.users")}
        empty={t("admin.noSuchUser")}
        row={(person) => <UserRow person={person} rows={rows} />}
      />
    </section>
  );
}

interface UserProps {
  person: ListedUser;
  rows: ListActions;
}

function UserRow({ person, rows }: UserProps) {
  const { name, email, createdAt, lastLogin } = person;
  return (
    <>
      <span class="row-text">
        <span class="row-name">
          <Name of={name} />
          <States person={person} />
        </span>
        <bdi class="email">{email}</bdi>
        <span class="hint">
          {lastLogin ? (
            <Words of="admin.lastSignIn" time={<RelativeTime at={lastLogin} />} />
          ) : (
            <Words of="admin.since" time={<RelativeTime at={createdAt} />} />
          )}
        </span>
      </span>
      <UserActions person={person} rows={rows} />
    </>
  );
}

function States({ person: { role, disabled, pending, verifiedAt } }: { person: ListedUser }) {
  const states = [
    role === "admin" && t("admin.isAdmin"),
    disabled && t("admin.isDisabled"),
    pending && t("admin.isPending"),
    verifies && !verifiedAt && t("admin.isUnverified"),
  ].filter(Boolean);
  return (
    <>
      {states.map((state) => (
        <span class="state" key={state}>
          {state}
        </span>
      ))}
    </>
  );
}

function UserActions({ person, rows }: UserProps) {
  const { id, name, role, disabled, pending, verifiedAt } = person;
  const isOther = id !== me.value?.id;
  const canBecomeAdmin = role !== "admin" && !disabled && !pending && (verifiedAt || !verifies);
  return (
    <span class="choices">
      {canBecomeAdmin && <ProposeButton id={id} name={name} />}
      {isOther && role === "admin" && <RemoveAdminButton person={person} rows={rows} />}
      {isOther && disabled && <EnableButton person={person} rows={rows} />}
      {isOther && !disabled && (
        <DisableButton
          id={id}
          short={t("admin.disable")}
          full={t("admin.disableName", { name: isolated(name) })}
          name={name}
          onDone={() => rows.load()}
        />
      )}
    </span>
  );
}

const EnableButton = ({ person: { id, name }, rows }: UserProps) => (
  <button
    type="button"
    class="button"
    aria-label={t("admin.enableName", { name: isolated(name) })}
    onClick={() => rows.act(id, () => api.change(id, { disabled: false }))}
  >
    {rows.busy === id ? t("admin.enabling") : t("admin.enable")}
  </button>
);

function RemoveAdminButton({ person: { id, name }, rows }: UserProps) {
  const form = useForm(async () => {
    await api.change(id, { role: "student" });
    await rows.load();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={t("admin.removeAdmin")} full={t("admin.removeAdminName", { name: isolated(name) })} />}
      title={t("admin.askRemoveAdmin")}
      confirm={t("admin.removeAdmin")}
      busyLabel={t("admin.removing")}
      form={form}
    >
      <p>
        <Words of="admin.removeAdminEffect" name={<Name of={name} />} />
      </p>
    </ConfirmButton>
  );
}
