// @ts-nocheck
/** Invitations to make an account, for admins: making them, and a list of them with the people who used them. */

import { useSignal } from "@preact/signals";
import { placed } from "../../core/base";
import { count, figure, quoted, until } from "../../core/format";
import { registration } from "../../ui/form-rules";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { Link } from "../room/invite-dialog";
import { admin as api } from "./api";

const DAY = 86_400;
const LASTS = [
  [DAY, "a day"],
  [7 * DAY, "a week"],
  [30 * DAY, "30 days"],
  [90 * DAY, "90 days"],
];
const USES = [
  ["1", "1 person"],
  ["10", "10 people"],
  ["30", "30 people"],
  ["100", "100 people"],
  ["", "any number"],
];

const options = (choices, usual) =>
  choices.map(([value, words]) => (
    <option value={value} defaultSelected={value === usual} key={value}>
      {words}
    </option>
  ));

export function AccountInvites() {
  const rows = usePagedList(async () => ({ items: await api.invites() }));
  const made = useSignal(null);
  const { busy, problem, submit } = useForm(async ({ lasts, uses, email }, form) => {
    const fields = { expiresIn: Number(lasts), uses: uses ? Number(uses) : undefined, email: email.trim() || undefined };
    made.value = await api.invite(fields);
    form.reset();
    await rows.load();
  });
  if (registration === "closed") return null;
  return (
    <section class="part" aria-labelledby="account-invites">
      <h2 id="account-invites">Invitations to make an account</h2>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["email"]} />
        <div class="side-by-side">
          <Field as="select" label="Lasts" name="lasts">
            {options(LASTS, 7 * DAY)}
          </Field>
          <Field as="select" label="Lets in" name="uses">
            {options(USES, "1")}
          </Field>
        </div>
        <Field
          label="Only for this email (optional)"
          name="email"
          type="email"
          problem={problem}
          hint="For one person, also if this kind of email may not register otherwise. If this server sends mail, the link goes there."
        />
        <Submit busy={busy} busyLabel="Making …" class="plain">
          Make an invitation
        </Submit>
      </form>
      {made.value && (
        <Link
          label="New invitation"
          isNew
          link={location.origin + placed(`/join#${made.value.code}`)}
          key={made.value.id}
          hint={`${made.value.mailed ? "It is on its way by mail, too. " : ""}Copy the link now: it is not shown again.`}
        />
      )}
      <PagedList
        rows={rows}
        label="Invitations to make an account"
        empty="No invitation yet."
        row={(invite) => <Invitation invite={invite} rows={rows} />}
      />
    </section>
  );
}

function state({ works, revoked, createdBy, expiresAt, uses, used }) {
  if (works) return `ends ${until(expiresAt)}`;
  if (revoked) return "revoked";
  if (new Date(expiresAt) <= new Date()) return "over";
  return uses && used >= uses ? "used up" : `without effect: ${quoted(createdBy.name)} is not an admin any more`;
}

function Invitation({ invite, rows }) {
  const { id, email, uses, used, usedBy, works, createdBy } = invite;
  const form = useForm(async () => {
    await api.revokeInvite(id);
    await rows.load();
  });
  return (
    <>
      <span class="row-text">
        <span>
          <b>
            <bdi>{email ?? (uses ? `For ${count(uses, "person", "people")}` : "For any number of people")}</bdi>
          </b>
          , {state(invite)}
        </span>
        <span>
          {uses ? `Used ${figure(used)} of ${count(uses, "time")}` : `Used ${count(used, "time")}`}
          {usedBy.length > 0 && (
            <>
              {" "}
              by{" "}
              {usedBy.map((person, at) => (
                <>
                  {at > 0 && ", "}
                  <bdi key={person.id}>{person.name}</bdi>
                </>
              ))}
            </>
          )}
        </span>
        <span class="hint">
          Made by <bdi>{createdBy.name}</bdi>
        </span>
      </span>
      {works && (
        <ConfirmButton
          label="Revoke"
          title="Revoke this invitation?"
          confirm="Revoke it"
          busyLabel="Revoking …"
          cancel="Keep it"
          form={form}
        >
          <p>Its link stops working for everybody who has it. People who made an account with it keep the account.</p>
        </ConfirmButton>
      )}
    </>
  );
}
