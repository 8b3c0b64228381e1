// @ts-nocheck
/** New admins: one admin proposes a user, another one confirms. */

import { useEffect } from "preact/hooks";
import { ago, moment } from "../../core/format";
import { user } from "../../core/session";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { admin as api } from "./api";

/** The proposals that wait; `changes` counts what makes them load again, `changed` is called when a user became an admin. */
export function Promotions({ changes, changed }) {
  const rows = usePagedList(async () => {
    const waiting = await api.promotions();
    return { items: waiting.map((one) => ({ ...one, id: one.user.id })), next: null };
  });
  useEffect(() => void (rows.items && rows.load()), [changes]);
  return (
    <section class="part" aria-labelledby="promotions">
      <h2 id="promotions">New admins</h2>
      <p>An admin proposes a person in the list of people, and another admin confirms within seven days.</p>
      <PagedList
        rows={rows}
        label="New admins"
        empty="No person is proposed."
        row={(one) => <Proposal proposal={one} rows={rows} changed={changed} />}
      />
    </section>
  );
}

function Proposal({ proposal: { id, user: person, proposedBy, createdAt, expiresAt }, rows, changed }) {
  const isMine = proposedBy.id === user.value.id;
  const ends = (
    <time datetime={expiresAt} title={moment(expiresAt)}>
      {moment(expiresAt)}
    </time>
  );
  return (
    <>
      <span class="row-text">
        <b>
          <bdi>{person.name}</bdi>
        </b>
        <bdi>{person.email}</bdi>
        <span class="hint">
          {isMine ? (
            "You proposed this"
          ) : (
            <>
              <bdi>{proposedBy.name}</bdi> proposed this
            </>
          )}{" "}
          <time datetime={createdAt} title={moment(createdAt)}>
            {ago(createdAt)}
          </time>
          . It ends {ends}.{isMine && " Another admin has to confirm."}
        </span>
      </span>
      {!isMine && <Confirm id={id} person={person} by={proposedBy} rows={rows} changed={changed} />}
      <button
        type="button"
        class="button plain"
        aria-label={`${isMine ? "Withdraw" : "Refuse"} ${person.name}`}
        onClick={() => rows.act(id, () => api.refusePromotion(id))}
      >
        {isMine ? "Withdraw" : "Refuse"}
      </button>
    </>
  );
}

function Confirm({ id, person, by, rows, changed }) {
  const form = useForm(async () => {
    await api.confirm(id);
    await rows.load();
    changed();
  });
  return (
    <ConfirmButton
      label={
        <>
          Confirm<span class="hidden"> {person.name}</span>
        </>
      }
      title="Make this person an admin?"
      confirm="Make them an admin"
      busyLabel="One moment …"
      form={form}
    >
      <p>
        <b>
          <bdi>{person.name}</bdi>
        </b>{" "}
        (<bdi>{person.email}</bdi>), proposed by{" "}
        <b>
          <bdi>{by.name}</bdi>
        </b>
        , sees everybody who has an account, and may disable accounts and delete rooms.
      </p>
    </ConfirmButton>
  );
}

/** The button in the list of people that proposes one. */
export function Propose({ id, name, proposed }) {
  const form = useForm(async () => {
    await api.propose(id);
    proposed();
  });
  return (
    <ConfirmButton
      class="plain"
      label={
        <>
          Propose<span class="hidden"> {name}</span> as admin
        </>
      }
      title="Propose as an admin?"
      confirm="Propose"
      busyLabel="Proposing …"
      form={form}
    >
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        becomes an admin when another admin confirms it, within seven days.
      </p>
    </ConfirmButton>
  );
}
