// @ts-nocheck
/** Looking after a room: what was reported, who is banned, and what was done by whom. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { members as api, auditLog, reports } from "../../core/api";
import { on } from "../../core/connection";
import { canModerate, isOwner } from "../../core/permissions";
import { paced } from "../../core/throttle";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { useMyRoom } from "../rooms/use-my-room";
import { sentence } from "./audit-log";
import { ReportText, When } from "./report";

export function Moderation({ id }) {
  const { room, problem, load } = useMyRoom(id);
  const found = room.value;
  return (
    <section class="page narrow">
      <p>
        <a href={`/rooms/${id}`}>Back to the room</a>
      </p>
      <Heading title="Moderation">
        Moderation
        {found && (
          <>
            {" "}
            of <bdi>{found.name}</bdi>
          </>
        )}
      </Heading>
      <ErrorMessage problem={problem.value} retry={load} />
      {!found && !problem.value && <Skeleton />}
      {found && !canModerate(found) && <p>Only the owner and the moderators of the room look after it.</p>}
      {found && canModerate(found) && (
        <>
          <Reports id={id} />
          <Bans id={id} />
        </>
      )}
      {found && isOwner(found) && <Log id={id} />}
    </section>
  );
}

const PAUSE = 2_000;
const STATUS = { open: "open ones", resolved: "settled ones" };

function Reports({ id }) {
  const status = useSignal("open");
  const rows = usePagedList(async (before) => {
    const { reports: items, hasMore } = await reports.list(id, status.peek(), before);
    return { items, next: hasMore ? items.at(-1).id : null };
  });
  useEffect(() => {
    const again = paced(() => rows.load(), PAUSE);
    const stops = [
      again.stop,
      on("notification", ({ type, roomId }) => type.endsWith("-reported") && roomId === id && again()),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
  const show = (event) => {
    status.value = event.currentTarget.value;
    rows.load();
  };
  return (
    <section class="part" aria-labelledby="reports">
      <header class="row-head">
        <h2 id="reports">Reports</h2>
        <select aria-label="Which reports" onChange={show}>
          {Object.entries(STATUS).map(([value, words]) => (
            <option value={value} key={value}>
              {words}
            </option>
          ))}
        </select>
      </header>
      <PagedList
        rows={rows}
        label="Reports"
        empty={status.value === "open" ? "Nothing waits for you." : "None yet."}
        more="Show earlier"
        row={(report) => <Report id={id} report={report} rows={rows} />}
      />
    </section>
  );
}

function Report({ id, report, rows }) {
  const isOpen = report.status === "open";
  const settle = () => rows.act(report.id, () => reports.settle(id, report.id, isOpen ? "resolved" : "open"));
  return (
    <>
      <ReportText report={report} />
      <button type="button" class="button plain" onClick={settle}>
        {isOpen ? "It is settled" : "Open it again"}
      </button>
    </>
  );
}

function Bans({ id }) {
  const rows = usePagedList(async () => ({ items: await api.bans(id) }));
  return (
    <section class="part" aria-labelledby="bans">
      <h2 id="bans">Banned people</h2>
      <PagedList
        rows={rows}
        label="Banned people"
        empty="Nobody is banned."
        id={({ user }) => user.id}
        row={(ban) => (
          <>
            <span class="row-text">
              <b>
                <bdi>{ban.user.name}</bdi>
              </b>
              {ban.reason && (
                <span class="words" dir="auto">
                  {ban.reason}
                </span>
              )}
              <span class="hint">
                Banned by{" "}
                <b>
                  <bdi>{ban.bannedBy.name}</bdi>
                </b>
                , <When at={ban.createdAt} />
              </span>
            </span>
            <button
              type="button"
              class="button plain"
              aria-label={`Lift the ban of ${ban.user.name}`}
              onClick={() => rows.act(ban.user.id, () => api.unban(id, ban.user.id))}
            >
              {rows.busy === ban.user.id ? "Lifting …" : "Lift"}
            </button>
          </>
        )}
      />
    </section>
  );
}

function Log({ id }) {
  const rows = usePagedList(async (before) => {
    const { entries, hasMore } = await auditLog(id, before);
    return { items: entries, next: hasMore ? entries.at(-1).id : null };
  });
  return (
    <section class="part" aria-labelledby="log">
      <h2 id="log">What was done</h2>
      <PagedList
        rows={rows}
        label="What was done"
        empty="Nothing yet."
        more="Show earlier"
        row={(entry) => (
          <span class="row-text">
            <span>{sentence(entry)}</span>
            <span class="hint">
              <When at={entry.timestamp} />
            </span>
          </span>
        )}
      />
    </section>
  );
}
