/** The list of my rooms beside each view: unread messages and how many people are present. */

import { ROOM_VIEWS, route } from "../../core/router";
import type { Room } from "../../core/types";
import { t } from "../../core/words";
import { ArrowKeysHint } from "../../ui/arrow-keys-hint";
import { UnreadBadge } from "../../ui/badge";
import { Icon } from "../../ui/icon";
import { useRovingFocus } from "../../ui/roving-focus";
import { PresenceCount } from "../../ui/status-dot";
import { myRooms } from "./my-rooms";
import { QuickSwitcherButton } from "./quick-switcher-button";

export function RoomList() {
  const { name, id } = route.value;
  const openId = ROOM_VIEWS.includes(name) ? id : null;
  return (
    <nav class="room-list" aria-label={t("rooms.mine")}>
      <header>
        <p class="room-list-title">{t("rooms.mine")}</p>
        <ArrowKeysHint />
        <QuickSwitcherButton />
        <a class="icon-button" href="/rooms/new" aria-label={t("rooms.create")} title={t("rooms.create")}>
          <Icon name="plus" />
        </a>
      </header>
      <ul id="rooms" ref={useRovingFocus("li > a")} onKeyDown={toComposer}>
        {(myRooms.value ?? []).map((room) => (
          <RoomLink key={room.id} room={room} isOpen={room.id === openId} />
        ))}
      </ul>
    </nav>
  );
}

/** Escape returns to the composer, if the view has one. */
function toComposer({ key }: KeyboardEvent): void {
  if (key === "Escape") document.getElementById("write")?.focus();
}

/** The open room shows its presence itself, and reads its messages. */
const RoomLink = ({ room, isOpen }: { room: Room; isOpen: boolean }) => (
  <li>
    <a
      class={`room-link ${!isOpen && room.unread ? "unread" : ""}`}
      href={`/rooms/${room.id}`}
      aria-current={isOpen ? "page" : undefined}
    >
      <span class="room-link-name" dir="auto">
        {room.name}
      </span>
      {!isOpen && <PresenceCount number={room.activeMembers} />}
      {!isOpen && <UnreadBadge number={room.unread} />}
    </a>
  </li>
);
