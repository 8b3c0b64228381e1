// @ts-nocheck
/** The reports of all rooms, for admins. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { on } from "../../core/connection";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { ReportText } from "../moderation/report";
import { admin as api } from "./api";

const STATUS = { open: "open ones", resolved: "settled ones" };

/**
 * `findPerson(name)` and `findRoom(name)` search the lists below, `changed()` has them loaded again.
 * `room` is a signal: the room `{id, name}` whose reports are shown only, or null.
 */
export function AllReports({ room, findPerson, findRoom, changed }) {
  const status = useSignal("open");
  const rows = usePagedList(async (before) => {
    const { reports: items, hasMore } = await api.reports({ status: status.peek(), roomId: room.peek()?.id, before });
    return { items, next: hasMore ? items.at(-1).id : null };
  });
  useEffect(() => on("notification", ({ type }) => type.endsWith("-reported") && rows.load()), []);
  useEffect(() => {
    if (rows.items) rows.load();
  }, [room.value]);
  const show = (event) => {
    status.value = event.currentTarget.value;
    rows.load();
  };
  return (
    <section class="part" aria-labelledby="all-reports">
      <header class="row-head">
        <h2 id="all-reports" tabindex="-1">
          Reports of all rooms
        </h2>
        <select aria-label="Which reports" onChange={show}>
          {Object.entries(STATUS).map(([value, words]) => (
            <option value={value} key={value}>
              {words}
            </option>
          ))}
        </select>
      </header>
      {room.value && (
        <p class="choices" role="status">
          <span>
            Only of the room{" "}
            <b>
              <bdi>{room.value.name}</bdi>
            </b>
          </span>
          <button type="button" class="button quiet" onClick={() => (room.value = null)}>
            Show all rooms
          </button>
        </p>
      )}
      <p class="hint">Reports about you go to the other admins only.</p>
      <PagedList
        rows={rows}
        label="Reports of all rooms"
        empty={status.value === "open" ? "No report is open." : "None yet."}
        more="Show earlier"
        row={(report) => <Report report={report} rows={rows} ways={{ findPerson, findRoom, changed }} />}
      />
    </section>
  );
}

function Report({ report, rows, ways: { findPerson, findRoom, changed } }) {
  const { id, accused, roomName, roomDeleted, status } = report;
  const isOpen = status === "open";
  const isThere = accused && accused.name !== "Deleted user";
  const settle = () => rows.act(id, () => api.settle(id, isOpen ? "resolved" : "open")).then(changed);
  return (
    <>
      <ReportText report={report}>
        <span class="hint">
          In the room{" "}
          <b>
            <bdi>{roomName}</bdi>
          </b>
          {roomDeleted && ", which was deleted"}
        </span>
        <span class="choices">
          {isThere && (
            <button type="button" class="button quiet" onClick={() => findPerson(accused.name)}>
              Find in People<span class="hidden"> ({accused.name})</span>
            </button>
          )}
          {!roomDeleted && (
            <button type="button" class="button quiet" onClick={() => findRoom(roomName)}>
              Find in All rooms<span class="hidden"> ({roomName})</span>
            </button>
          )}
          {isThere && <Disable person={accused} changed={changed} />}
        </span>
      </ReportText>
      <button type="button" class="button plain" onClick={settle}>
        {isOpen ? "It is settled" : "Open it again"}
      </button>
    </>
  );
}

function Disable({ person: { id, name }, changed }) {
  const isDone = useSignal(false);
  const form = useForm(async () => {
    await api.change(id, { disabled: true });
    isDone.value = true;
    changed();
  });
  if (isDone.value) return <span role="status">Account disabled.</span>;
  return (
    <ConfirmButton
      label={
        <>
          Disable<span class="hidden"> the account of {name}</span>
        </>
      }
      title="Disable this account?"
      confirm="Disable it"
      busyLabel="Disabling …"
      form={form}
    >
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        is signed out everywhere at once, and cannot sign in until the account is enabled again. Nothing is deleted.
      </p>
    </ConfirmButton>
  );
}
