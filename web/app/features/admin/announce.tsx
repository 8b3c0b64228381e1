/** Announcements to all users. */

import { duration } from "../../core/duration";
import { until } from "../../core/format";
import type { Announcement } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { SelectOption } from "../../ui/select-option";
import { admin as api } from "./api";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const LIFETIMES = [HOUR, DAY, 7 * DAY, 30 * DAY];

/** The section about announcements: a form for a new one, and those that are shown. */
export function Announce() {
  const rows = usePagedList(async () => ({ items: await api.announcements() }));
  const { busy, problem, submit } = useForm(async ({ content = "", lifetime }, form) => {
    await api.announce({ content, endsIn: Number(lifetime) });
    form.reset();
    await rows.load();
  });
  return (
    <section class="part">
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["content"]} />
        <Field
          as="textarea"
          label={t("admin.announcementText")}
          name="content"
          rows={2}
          maxlength={500}
          dir="auto"
          required
          problem={problem}
          hint={t("admin.announcementHint")}
        />
        <Field as="select" label={t("admin.shownFor")} name="lifetime">
          {LIFETIMES.map((seconds) => (
            <SelectOption value={seconds} isDefault={seconds === DAY} key={seconds}>
              {duration(seconds)}
            </SelectOption>
          ))}
        </Field>
        <Submit busy={busy} busyLabel={t("admin.announcing")} class="primary">
          {t("admin.announce")}
        </Submit>
      </form>
      <div class="compact">
        <PagedList
          rows={rows}
          label={t("admin.announcements")}
          empty={t("admin.noAnnouncements")}
          row={(announcement: Announcement) => <AnnouncementRow announcement={announcement} rows={rows} />}
        />
      </div>
    </section>
  );
}

function AnnouncementRow({ announcement, rows }: { announcement: Announcement; rows: ListActions }) {
  const { id, content, endsAt } = announcement;
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
        <span class="hint">{t("admin.announcementExpires", { time: until(endsAt) })}</span>
      </span>
      <ConfirmButton
        label={t("admin.end")}
        title={t("admin.askEnd")}
        confirm={t("admin.endAnnouncement")}
        busyLabel={t("admin.ending")}
        form={form}
      >
        <p>{t("admin.endEffect")}</p>
      </ConfirmButton>
    </>
  );
}
