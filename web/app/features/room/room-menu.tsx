/** Menu of a room: invitations, moderation, settings, leaving, reporting. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { openLayer } from "../../core/layers";
import { canModerate, isOwner } from "../../core/permissions";
import type { Room } from "../../core/types";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { ReportBadge } from "../moderation/report-badge";
import { LeaveForNow } from "./current-room-notice";
import type { RoomSession } from "./room-session";

interface RoomMenuProps {
  info: Room;
  room: RoomSession;
  onInvite(): void;
  onSchedule(): void;
  onReport(): void;
}

export function RoomMenu({ info, room, onInvite, onSchedule, onReport }: RoomMenuProps): JSX.Element {
  const { at, id, isOpen, toggle, close } = useDisclosure();
  const act = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <div class="menu" ref={at}>
      <button
        type="button"
        class="button quiet dots"
        aria-label={t("room.menu")}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={toggle}
      >
        <Icon name="more" />
      </button>
      <ul id={id} class="menu-list" hidden={!isOpen}>
        <MenuItems info={info} room={room} onInvite={act(onInvite)} onSchedule={act(onSchedule)} onReport={act(onReport)} />
      </ul>
    </div>
  );
}

const MenuItems = ({ info, room, onInvite, onSchedule, onReport }: RoomMenuProps) => (
  <>
    <li class="menu-invite">
      <button type="button" onClick={onInvite}>
        {t("room.inviteTitle")}
      </button>
    </li>
    <li class="menu-invite">
      <button type="button" onClick={onSchedule}>
        {t("room.schedule")}
      </button>
    </li>
    {canModerate(info) && (
      <li>
        <ReportBadge id={info.id} />
      </li>
    )}
    {isOwner(info) && (
      <li>
        <a href={`/rooms/${info.id}/settings`}>{t("room.settings")}</a>
      </li>
    )}
    {room.state.value === "open" && (
      <li>
        <LeaveForNow to="/rooms" />
      </li>
    )}
    {!isOwner(info) && <MemberItems info={info} onReport={onReport} />}
  </>
);

/** Items for users who do not own the room. */
const MemberItems = ({ info, onReport }: Pick<RoomMenuProps, "info" | "onReport">) => (
  <>
    <li>
      <button type="button" onClick={onReport}>
        {t("room.report")}
      </button>
    </li>
    <li>
      <a class="danger" href={`/rooms/${info.id}/settings`}>
        {t("room.leave")}
      </a>
    </li>
  </>
);

/** State of a button that shows a list: Back, Escape, a press elsewhere, and focus elsewhere hide it. */
function useDisclosure() {
  const at = useRef<HTMLDivElement>(null);
  const id = useId();
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
  };
  useEffect(() => {
    if (!isOpen.value) return;
    const closeOutside = ({ target }: Event) => {
      if (target instanceof Node && !at.current?.contains(target)) close();
    };
    const closeOnEscape = ({ key }: KeyboardEvent) => {
      if (key !== "Escape") return;
      close();
      at.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    document.addEventListener("keydown", closeOnEscape);
    const release = openLayer(close);
    return () => {
      release();
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
      document.removeEventListener("keydown", closeOnEscape);
    };
  }, [isOpen.value]);
  const toggle = () => {
    isOpen.value = !isOpen.value;
  };
  return { at, id, isOpen: isOpen.value, toggle, close };
}
