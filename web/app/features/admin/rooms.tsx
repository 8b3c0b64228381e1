/** Rooms of the server. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { rooms as roomsApi } from "../../core/api";
import { duration } from "../../core/duration";
import { ago, isolated, moment } from "../../core/format";
import type { ServerRoom } from "../../core/types";
import { figure, t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { Badge } from "../../ui/badge";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { useForm } from "../../ui/form";
import { Name } from "../../ui/name";
import { type ListActions, PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";
import { admin as api } from "./api";
import { SearchForm } from "./search-form";
import { useSearch } from "./use-search";

const DAY = 86_400;

/** The section about rooms. */
export function AllRooms() {
  const rows = usePagedList(async (cursor?: string) => {
    const { rooms: items, nextCursor } = await api.rooms({ search: search.text.peek(), cursor });
    return { items, next: nextCursor };
  }, "rooms");
  const search = useSearch(rows, 0);
  return (
    <section class="compact">
      <header class="row-head">
        <SearchForm {...search} label={t("admin.searchRooms")} placeholder={t("admin.nameOrSubject")} />
      </header>
      <PagedList
        rows={rows}
        label={t("admin.rooms")}
        empty={search.text.value ? t("admin.noSuchRoom") : t("admin.noRooms")}
        row={(room: ServerRoom) => <RoomRow room={room} rows={rows} />}
      />
    </section>
  );
}

function RoomRow({ room, rows }: { room: ServerRoom; rows: ListActions }) {
  const { id, name, visibility, owner, totalMembers, lastActive, openReports } = room;
  const isOpen = useSignal(false);
  return (
    <>
      <span class="row-text four">
        <span class="row-name">
          <Name of={name} />
          <span class="state">{visibility === "private" ? t("admin.private") : t("admin.public")}</span>
        </span>
        <span>{owner && <Words of="admin.ownerName" name={<Name of={owner.name} />} />}</span>
        <span class="hint">{t("admin.members", { count: totalMembers })}</span>
        <span class="hint">
          <Words of="admin.lastActive" time={<RelativeTime at={lastActive} />} />
        </span>
      </span>
      <span class="choices">
        {openReports > 0 && (
          <a class="button" href={`/admin/reports?room=${id}`}>
            <ActionLabel short={t("admin.reports")} full={t("admin.reportsOf", { room: isolated(name) })} />{" "}
            <Badge number={openReports} label={t("moderation.openReports", { count: openReports })} />
          </a>
        )}
        <button type="button" class="button" onClick={() => (isOpen.value = true)}>
          <ActionLabel short={t("admin.details")} full={t("admin.detailsOf", { room: isolated(name) })} />
        </button>
        <DeleteRoomButton room={room} rows={rows} />
      </span>
      {isOpen.value && <Details room={room} onClose={() => (isOpen.value = false)} />}
    </>
  );
}

function Details({ room, onClose }: { room: ServerRoom; onClose: () => void }) {
  return (
    <Dialog title={<bdi>{room.name}</bdi>} onClose={onClose}>
      {room.description && (
        <p class="words" dir="auto">
          {room.description}
        </p>
      )}
      <dl class="facts">
        {facts(room).map(
          ([term, value]) =>
            value && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <p class="choices">
        <a class="button" href={`/rooms/${room.id}`}>
          {t("admin.openRoom")}
        </a>
      </p>
    </Dialog>
  );
}

/** Terms and values; an empty value is not shown. */
function facts(room: ServerRoom): [string, ComponentChildren][] {
  const members = figure(room.totalMembers);
  return [
    [t("admin.owner"), room.owner && <bdi>{room.owner.name}</bdi>],
    [t("admin.subject"), room.subject && <bdi>{room.subject}</bdi>],
    [t("admin.whoCanJoin"), room.visibility === "private" ? t("admin.invitedPeople") : t("admin.allUsers")],
    [t("admin.membersTerm"), room.capacity ? t("admin.membersOf", { members, limit: room.capacity }) : members],
    [t("admin.hereNow"), figure(room.activeMembers)],
    [t("admin.created"), moment(room.createdAt)],
    [t("admin.lastActiveTerm"), ago(room.lastActive)],
    [t("admin.messagesStored"), room.retentionDays ? duration(room.retentionDays * DAY) : t("admin.forever")],
  ];
}

function DeleteRoomButton({ room: { id, name, totalMembers }, rows }: { room: ServerRoom; rows: ListActions }) {
  const form = useForm(async () => {
    await roomsApi.remove(id);
    await rows.load();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={t("admin.delete")} full={t("admin.deleteRoomName", { room: isolated(name) })} />}
      title={t("admin.askDeleteRoom")}
      confirm={t("admin.deleteRoom")}
      busyLabel={t("admin.deleting")}
      form={form}
    >
      <p>
        <Words of="admin.deleteRoomEffect" room={<Name of={name} />} count={totalMembers} />
      </p>
    </ConfirmButton>
  );
}
