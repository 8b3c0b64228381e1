// @ts-nocheck
/** Announcing something to all users, for admins. */

import { until } from "../../core/format";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { admin as api } from "./api";

const HOUR = 3600;
const LASTS = [
  [HOUR, "an hour"],
  [24 * HOUR, "a day"],
  [7 * 24 * HOUR, "a week"],
  [30 * 24 * HOUR, "30 days"],
];

export function Announce() {
  const rows = usePagedList(async () => ({ items: await api.announcements() }));
  const { busy, problem, submit } = useForm(async ({ content, lasts }, form) => {
    await api.announce({ content, endsIn: Number(lasts) });
    form.reset();
    await rows.load();
  });
  return (
    <section class="part" aria-labelledby="announce">
      <h2 id="announce">Announcement to all</h2>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["content"]} />
        <Field
          as="textarea"
          label="Text for all users"
          name="content"
          rows="2"
          maxlength="500"
          dir="auto"
          required
          problem={problem}
          hint="Everybody who is signed in sees it on every page until it ends, also people who come later."
        />
        <Field as="select" label="Shown for" name="lasts">
          {LASTS.map(([value, words]) => (
            <option value={value} defaultSelected={value === 24 * HOUR} key={value}>
              {words}
            </option>
          ))}
        </Field>
        <Submit busy={busy} busyLabel="Announcing …" class="plain">
          Announce
        </Submit>
      </form>
      <PagedList
        rows={rows}
        label="Announcements"
        empty="There is none at the moment."
        row={(notice) => <Running notice={notice} rows={rows} />}
      />
    </section>
  );
}

function Running({ notice: { id, content, endsAt }, rows }) {
  const form = useForm(async () => {
    await api.endAnnouncement(id);
    await rows.load();
  });
  return (
    <>
      <span class="row-text">
        <span class="words" dir="auto">
          {content}
        </span>
        <span class="hint">Ends {until(endsAt)}</span>
      </span>
      <ConfirmButton
        label="End"
        title="End this announcement?"
        confirm="End it"
        busyLabel="Ending …"
        cancel="Keep it"
        form={form}
      >
        <p>It goes from every page at once.</p>
      </ConfirmButton>
    </>
  );
}
