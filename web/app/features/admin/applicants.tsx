// @ts-nocheck
/** People whose account waits for approval, for admins. Nothing is shown while there are none. `changed()` has other lists loaded again. */

import { useEffect } from "preact/hooks";
import { ago, moment } from "../../core/format";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { admin as api } from "./api";

const EVERY = 15_000;
const SENDS_MAIL = document.documentElement.dataset.mail !== "off";

export function Applicants({ changed }) {
  const rows = usePagedList(async (cursor) => {
    const { users, nextCursor } = await api.users({ pending: true, cursor });
    return { items: users, next: nextCursor };
  });
  useEffect(() => {
    const timer = setInterval(
      () => document.visibilityState === "visible" && !document.querySelector("dialog[open]") && rows.load(),
      EVERY,
    );
    return () => clearInterval(timer);
  }, []);
  if (!rows.items?.length && !rows.problem) return null;
  return (
    <section class="part" aria-labelledby="applicants">
      <h2 id="applicants">Waiting for approval</h2>
      <PagedList
        rows={rows}
        label="Waiting for approval"
        empty="No account is waiting."
        row={(person) => <Applicant person={person} rows={rows} changed={changed} />}
      />
    </section>
  );
}

function Applicant({ person: { id, name, email, verifiedAt, createdAt }, rows, changed }) {
  const form = useForm(async () => {
    await api.refuse(id);
    await rows.load();
    changed();
  });
  return (
    <>
      <span class="row-text">
        <span>
          <b>
            <bdi>{name}</bdi>
          </b>
        </span>
        <bdi>{email}</bdi>
        <span class="hint">
          {SENDS_MAIL && (verifiedAt ? "Address verified. " : "Address not verified. ")}Since{" "}
          <time datetime={createdAt} title={moment(createdAt)}>
            {ago(createdAt)}
          </time>
        </span>
      </span>
      <button
        type="button"
        class="button"
        aria-label={`Approve ${name}`}
        onClick={() => rows.act(id, () => api.approve(id)).then(changed)}
      >
        {rows.busy === id ? "Approving …" : "Approve"}
      </button>
      <ConfirmButton
        label={
          <>
            Refuse<span class="hidden"> {name}</span>
          </>
        }
        title="Refuse this account?"
        confirm="Refuse it"
        busyLabel="Refusing …"
        form={form}
      >
        <p>
          The account of{" "}
          <b>
            <bdi>{name}</bdi>
          </b>{" "}
          is deleted. They can make another one, which waits for approval again.
        </p>
      </ConfirmButton>
    </>
  );
}
