// @ts-nocheck
/** All rooms of the server, for admins. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { rooms } from "../../core/api";
import { ago, count, moment } from "../../core/format";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { Badge } from "../../ui/badge";
import { DeleteButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { useForm } from "../../ui/form";
import { When } from "../moderation/report";
import { admin as api } from "./api";

const TYPING = 250;

/** `search` is a signal with the text to find, `showReports({id, name})` shows the reports of a room. */
export function AllRooms({ search, changes, showReports }) {
  const rows = usePagedList(async (cursor) => {
    const { rooms: items, nextCursor } = await api.rooms({ search: search.peek(), cursor });
    return { items, next: nextCursor };
  });
  useEffect(() => {
    if (!rows.items && !search.value) return; // the first ones are on their way already
    const timer = setTimeout(() => rows.load(), TYPING);
    return () => clearTimeout(timer);
  }, [search.value, changes]);
  return (
    <section class="part" aria-labelledby="all-rooms">
      <header class="row-head">
        <h2 id="all-rooms">All rooms</h2>
        <form role="search" onSubmit={(event) => (event.preventDefault(), rows.load())}>
          <input
            type="search"
            id="find-room"
            aria-label="Search all rooms"
            placeholder="Name or subject"
            maxlength="100"
            dir="auto"
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        </form>
      </header>
      <PagedList
        rows={rows}
        label="All rooms"
        empty={search.value ? "No room is called that." : "There is no room yet."}
        row={(room) => <Room room={room} rows={rows} showReports={showReports} />}
      />
    </section>
  );
}

const KIND = { public: "public", private: "private" };

function Room({ room, rows, showReports }) {
  const { id, name, visibility, owner, totalMembers, lastActive, openReports } = room;
  const isOpen = useSignal(false);
  return (
    <>
      <span class="row-text">
        <span>
          <b>
            <bdi>{name}</bdi>
          </b>
          , {KIND[visibility]}
        </span>
        {owner && (
          <span>
            Owner{" "}
            <b>
              <bdi>{owner.name}</bdi>
            </b>
          </span>
        )}
        <span class="hint">
          {count(totalMembers, "member")}, last active <When at={lastActive} />
        </span>
      </span>
      <span class="choices">
        {openReports > 0 && (
          <button type="button" class="button plain" onClick={() => showReports({ id, name })}>
            Reports<span class="hidden"> of {name}</span> <Badge number={openReports} of="open report" />
          </button>
        )}
        <button type="button" class="button plain" onClick={() => (isOpen.value = true)}>
          Details<span class="hidden"> of {name}</span>
        </button>
        <Delete id={id} name={name} number={totalMembers} rows={rows} />
      </span>
      {isOpen.value && <Details room={room} onClose={() => (isOpen.value = false)} />}
    </>
  );
}

function Details({ room, onClose }) {
  const {
    id,
    name,
    subject,
    description,
    visibility,
    owner,
    totalMembers,
    activeMembers,
    capacity,
    retentionDays,
    createdAt,
    lastActive,
  } = room;
  const lines = [
    ["Owner", owner && <bdi>{owner.name}</bdi>],
    ["Subject", subject && <bdi>{subject}</bdi>],
    ["Who may join", visibility === "private" ? "people with an invitation" : "everybody with an account"],
    ["Members", capacity ? `${totalMembers} of ${capacity}` : totalMembers],
    ["Here now", activeMembers],
    ["Opened", moment(createdAt)],
    ["Last active", ago(lastActive)],
    ["Messages are kept", retentionDays ? count(retentionDays, "day") : "for ever"],
  ];
  return (
    <Dialog title={<bdi>{name}</bdi>} onClose={onClose}>
      {description && (
        <p class="words" dir="auto">
          {description}
        </p>
      )}
      <dl class="facts">
        {lines.map(
          ([term, value]) =>
            (value || value === 0) && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <p class="choices">
        <a class="button plain" href={`/rooms/${id}`}>
          Go to the room
        </a>
      </p>
    </Dialog>
  );
}

function Delete({ id, name, number, rows }) {
  const form = useForm(async () => {
    await rooms.remove(id);
    await rows.load();
  });
  return (
    <DeleteButton
      label={
        <>
          Delete<span class="hidden"> {name}</span>
        </>
      }
      title="Delete this room?"
      form={form}
    >
      <b>
        <bdi>{name}</bdi>
      </b>{" "}
      and all messages in it are gone for {count(number, "member")} at once, and cannot be brought back. Reports stay.
    </DeleteButton>
  );
}
