/** Moderation of a room: reports, bans and the audit log. */

import { useEffect } from "preact/hooks";
import { members as api, auditLog, reports } from "../../core/api";
import { isolated } from "../../core/format";
import { canModerate, isOwner } from "../../core/permissions";
import { trailingThrottle } from "../../core/throttle";
import type { AuditEntry, Ban, Report } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { useMyRoom } from "../rooms/use-my-room";
import { AuditSentence } from "./audit-log";
import { onReport } from "./report-events";
import { noReports, ReportStatusFilter, useReportStatus } from "./report-status";
import { ReportText } from "./report-text";

interface RoomProps {
  id: string;
}

/** The view for moderators of the room with this id; all others see a notice. */
export function Moderation({ id }: RoomProps) {
  const { room, problem, load } = useMyRoom(id);
  const found = room.value;
  return (
    <section class="page moderation">
      <p>
        <a href={`/rooms/${id}`}>{t("moderation.backToRoom")}</a>
      </p>
      <Heading title={t("moderation.title")}>
        {found ? <Words of="moderation.ofRoom" room={<bdi>{found.name}</bdi>} /> : t("moderation.title")}
      </Heading>
      <ErrorMessage problem={problem.value} retry={load} />
      {!found && !problem.value && <Skeleton />}
      {found && !canModerate(found) && <p>{t("moderation.onlyForModerators")}</p>}
      {found && canModerate(found) && (
        <>
          <Reports id={id} />
          <Bans id={id} />
        </>
      )}
      {found && isOwner(found) && <AuditLog id={id} />}
    </section>
  );
}

const RELOAD_INTERVAL = 2_000;

function Reports({ id }: RoomProps) {
  const status = useReportStatus();
  const rows = usePagedList(async (before?: string) => {
    const { reports: items, hasMore } = await reports.list(id, status.peek(), before);
    return { items, next: hasMore ? items.at(-1)?.id : null };
  }, "reports");
  useEffect(() => {
    const again = trailingThrottle(() => rows.load(), RELOAD_INTERVAL);
    const stops = [again.stop, onReport(again, id)];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <section class="part" aria-labelledby="reports">
      <header class="row-head">
        <h2 id="reports">{t("moderation.reports")}</h2>
        <ReportStatusFilter status={status} onChange={() => rows.restart()} />
      </header>
      <PagedList
        rows={rows}
        label={t("moderation.reports")}
        empty={noReports(status.value)}
        more={t("moderation.showEarlier")}
        row={(report: Report) => <ReportRow id={id} report={report} rows={rows} />}
      />
    </section>
  );
}

interface ReportRowProps extends RoomProps {
  report: Report;
  rows: ListActions;
}

function ReportRow({ id, report, rows }: ReportRowProps) {
  const isOpen = report.status === "open";
  const toggle = () => rows.act(report.id, () => reports.setStatus(id, report.id, isOpen ? "resolved" : "open"));
  return (
    <>
      <ReportText report={report} />
      <button type="button" class="button" onClick={toggle}>
        {isOpen ? t("moderation.markResolved") : t("moderation.reopen")}
      </button>
    </>
  );
}

function Bans({ id }: RoomProps) {
  const rows = usePagedList(async () => ({ items: await api.bans(id) }));
  return (
    <section class="part" aria-labelledby="bans">
      <h2 id="bans">{t("moderation.bans")}</h2>
      <PagedList
        rows={rows}
        label={t("moderation.bans")}
        empty={t("moderation.noBans")}
        id={({ user }: Ban) => user.id}
        row={(ban: Ban) => <BanRow id={id} ban={ban} rows={rows} />}
      />
    </section>
  );
}

function BanRow({ id, ban: { user, reason, bannedBy, createdAt }, rows }: RoomProps & { ban: Ban; rows: ListActions }) {
  return (
    <>
      <span class="row-text">
        <Name of={user.name} />
        {reason && (
          <span class="words" dir="auto">
            {reason}
          </span>
        )}
        <span class="hint">
          <Words of="moderation.bannedBy" name={<Name of={bannedBy.name} />} time={<RelativeTime at={createdAt} />} />
        </span>
      </span>
      <button
        type="button"
        class="button"
        aria-label={t("moderation.unbanName", { name: isolated(user.name) })}
        onClick={() => rows.act(user.id, () => api.unban(id, user.id))}
      >
        {rows.busy === user.id ? t("moderation.unbanning") : t("moderation.unban")}
      </button>
    </>
  );
}

function AuditLog({ id }: RoomProps) {
  const rows = usePagedList(async (before?: string) => {
    const { entries, hasMore } = await auditLog(id, before);
    return { items: entries, next: hasMore ? entries.at(-1)?.id : null };
  }, "audit-log");
  return (
    <section class="part compact" aria-labelledby="log">
      <h2 id="log">{t("moderation.auditLog")}</h2>
      <PagedList
        rows={rows}
        label={t("moderation.auditLog")}
        empty={t("moderation.noEntries")}
        more={t("moderation.showEarlier")}
        row={(entry: AuditEntry) => (
          <>
            <span class="row-text">
              <span>
                <AuditSentence entry={entry} />
              </span>
            </span>
            <span class="hint">
              <RelativeTime at={entry.timestamp} />
            </span>
          </>
        )}
      />
    </section>
  );
}
