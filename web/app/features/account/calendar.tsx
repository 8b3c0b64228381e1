/** The link of the user's calendar for calendar programs. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { request } from "../../core/api";
import { date } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Skeleton } from "../../ui/skeleton";
import { LinkField } from "../room/invite-dialog";
import { Section } from "./section";

export function Calendar() {
  /** Time at which the link was created, null without one; undefined until it is loaded. */
  const createdAt = useSignal<string | null | undefined>(undefined);
  const link = useSignal<string | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    try {
      ({ createdAt: createdAt.value } = await request("GET /api/calendar"));
      problem.value = null;
    } catch (error) {
      problem.value = toApiError(error);
    }
  };
  useEffect(() => {
    void load();
  }, []);
  const create = useForm(async () => {
    const created = await request("POST /api/calendar");
    createdAt.value = created.createdAt;
    link.value = created.link;
  });
  const revoke = useForm(async () => {
    await request("DELETE /api/calendar");
    createdAt.value = link.value = null;
  });
  return (
    <Section id="calendar" title={t("account.calendar")}>
      <p>{t("account.calendarText")}</p>
      <ErrorMessage problem={problem.value} retry={load} />
      {createdAt.value === undefined && !problem.value && <Skeleton rows={1} />}
      {link.value && (
        <LinkField label={t("account.calendarLink")} link={link.value} hint={t("account.calendarLinkHint")} isNew />
      )}
      {createdAt.value && !link.value && <p>{t("account.calendarSince", { date: date(createdAt.value) })}</p>}
      {createdAt.value !== undefined && (
        <form onSubmit={create.submit}>
          <ErrorMessage problem={create.problem} />
          <div class="choices">
            <Submit busy={create.busy} busyLabel={t("account.calendarCreating")}>
              {createdAt.value ? t("account.calendarReplace") : t("account.calendarCreate")}
            </Submit>
          </div>
        </form>
      )}
      {createdAt.value && (
        <p>
          <ConfirmButton
            label={t("account.calendarRevoke")}
            title={t("account.calendarRevokeTitle")}
            confirm={t("account.calendarRevoke")}
            busyLabel={t("account.calendarRevoking")}
            form={revoke}
          >
            <p>{t("account.calendarRevokeEffect")}</p>
          </ConfirmButton>
        </p>
      )}
    </Section>
  );
}
