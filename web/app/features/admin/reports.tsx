/** Reports of all rooms. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isolated } from "../../core/format";
import { route } from "../../core/router";
import type { Report } from "../../core/types";
import { t } from "../../core/words";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { Words } from "../../ui/words";
import { onReport } from "../moderation/report-events";
import { noReports, ReportStatusFilter, useReportStatus } from "../moderation/report-status";
import { ReportText } from "../moderation/report-text";
import { admin as api } from "./api";
import { DisableButton } from "./disable-button";

/** The section about reports; `?room={id}` in the address shows those of one room only. */
export function AllReports() {
  const roomId: string | undefined = route.value.query.get("room") ?? undefined;
  const status = useReportStatus();
  const rows = usePagedList(async (before?: string) => {
    const room = route.peek().query.get("room") ?? undefined;
    const { reports: items, hasMore } = await api.reports({ status: status.peek(), roomId: room, before });
    return { items, next: hasMore ? items.at(-1)?.id : null };
  }, "reports");
  useEffect(() => onReport(() => rows.load()), []);
  useEffect(() => {
    if (rows.items) void rows.restart();
  }, [roomId]);
  const reports: readonly Report[] = rows.items ?? [];
  return (
    <>
      <header class="row-head">
        <p class="hint">{t("admin.reportsAboutYou")}</p>
        <ReportStatusFilter status={status} onChange={() => rows.restart()} />
      </header>
      {roomId && <RoomFilter name={reports[0]?.roomName} />}
      <PagedList
        rows={rows}
        label={t("admin.reports")}
        empty={noReports(status.value)}
        more={t("moderation.showEarlier")}
        row={(report: Report) => <ReportRow report={report} rows={rows} />}
      />
    </>
  );
}

const RoomFilter = ({ name }: { name?: string }) => (
  <p class="choices" role="status">
    <span>{name ? <Words of="admin.reportsOfRoom" room={<Name of={name} />} /> : t("admin.reportsOfOneRoom")}</span>
    <a href="/admin/reports">{t("admin.showAllReports")}</a>
  </p>
);

function ReportRow({ report, rows }: { report: Report; rows: ListActions }) {
  const isOpen = report.status === "open";
  const toggle = () => rows.act(report.id, () => api.setReportStatus(report.id, isOpen ? "resolved" : "open"));
  return (
    <>
      <ReportText report={report}>
        <span class="hint">
          <Words of={report.roomDeleted ? "admin.inDeletedRoom" : "admin.inRoom"} room={<Name of={report.roomName} />} />
        </span>
        <ReportLinks report={report} />
      </ReportText>
      <button type="button" class="button" onClick={toggle}>
        {isOpen ? t("moderation.markResolved") : t("moderation.reopen")}
      </button>
    </>
  );
}

/** The name under which the server shows users who deleted their account. */
const DELETED = "Deleted user";

const findIn = (section: string, text: string) => `/admin/${section}?search=${encodeURIComponent(text)}`;

function ReportLinks({ report: { accused, roomName, roomDeleted } }: { report: Report }) {
  const isDisabled = useSignal(false);
  const person = accused?.name === DELETED ? null : accused;
  return (
    <span class="choices">
      {person && (
        <a href={findIn("users", person.name)} aria-label={t("admin.findUserName", { name: isolated(person.name) })}>
          {t("admin.findUser")}
        </a>
      )}
      {!roomDeleted && (
        <a href={findIn("rooms", roomName)} aria-label={t("admin.findRoomName", { room: isolated(roomName) })}>
          {t("admin.findRoom")}
        </a>
      )}
      {isDisabled.value && <span role="status">{t("admin.accountDisabled")}</span>}
      {person && !isDisabled.value && (
        <DisableButton
          id={person.id}
          name={person.name}
          short={t("admin.disableAccount")}
          full={t("admin.disableAccountOf", { name: isolated(person.name) })}
          onDone={() => (isDisabled.value = true)}
        />
      )}
    </span>
  );
}
