/** The status of reports: open or resolved. */

import type { Signal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import type { Report } from "../../core/types";
import { t } from "../../core/words";
import { useEntryState } from "../../ui/entry-state";

type ReportStatus = Report["status"];

const STATUSES: { readonly [status in ReportStatus]: () => string } = {
  open: () => t("moderation.open"),
  resolved: () => t("moderation.resolved"),
};

const isStatus = (value: unknown): value is ReportStatus => typeof value === "string" && Object.hasOwn(STATUSES, value);

/** A signal with the status of the reports in a list; open ones first. */
export const useReportStatus = (): Signal<ReportStatus> => useEntryState<ReportStatus>("report-status", "open", isStatus);

/** The text of a list without reports of this status. */
export const noReports = (status: ReportStatus): string =>
  status === "open" ? t("moderation.noOpenReports") : t("moderation.noResolvedReports");

interface ReportStatusFilterProps {
  status: Signal<ReportStatus>;
  onChange: () => void;
}

/** A select box for the status of the reports in a list. */
export function ReportStatusFilter({ status, onChange }: ReportStatusFilterProps) {
  const select = (event: TargetedEvent<HTMLSelectElement>) => {
    status.value = event.currentTarget.value as ReportStatus;
    onChange();
  };
  return (
    <select aria-label={t("moderation.reportStatus")} value={status.value} onChange={select}>
      {(Object.keys(STATUSES) as ReportStatus[]).map((value) => (
        <option value={value} key={value}>
          {STATUSES[value]()}
        </option>
      ))}
    </select>
  );
}
