/** Quick switcher: a dialog that finds rooms and people by name and opens them. */

import { type Signal, useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { go } from "../../core/router";
import { t } from "../../core/words";
import { UnreadBadge } from "../../ui/badge";
import { Dialog } from "../../ui/dialog";
import { isInputMethodKey } from "../../ui/text-fields";
import { currentRoom } from "../room/current-room";
import { findPublicRooms, foundEntries, type SwitcherEntry, type SwitcherGroup } from "./quick-switcher-search";

const SEARCH_DELAY = 200;

interface QuickSwitcherProps {
  onClose: () => void;
  /** Show the member with this id of the current room. */
  openMember: (id: string) => void;
}

/** A combobox with a list of rooms and people, as in the patterns of ARIA. */
export function QuickSwitcher({ onClose, openMember }: QuickSwitcherProps) {
  const listId = useId();
  const text = useSignal("");
  const activeKey = useSignal<string | null>(null);
  const publicRooms = usePublicRooms(text);
  const groups = foundEntries(text.value, publicRooms.value, currentRoom.value);
  const entries = groups.flatMap((group) => group.entries);
  const active = entries.find(({ key }) => key === activeKey.value) ?? entries[0];
  const choose = (entry: SwitcherEntry) => {
    onClose();
    if (entry.kind === "room") go(`/rooms/${entry.id}`);
    else openMember(entry.id);
  };
  const pressed = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (isInputMethodKey(event)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      const at = active ? entries.indexOf(active) : -1;
      activeKey.value = entries[(at + step + entries.length) % entries.length]?.key ?? null;
    } else if (event.key === "Enter" && active) choose(active);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("shortcuts.switcher")} onClose={onClose} class="switcher">
      <input
        type="text"
        role="combobox"
        aria-label={t("shortcuts.search")}
        aria-expanded={entries.length > 0}
        aria-controls={listId}
        aria-activedescendant={active && optionId(listId, active)}
        aria-autocomplete="list"
        placeholder={t("shortcuts.search")}
        autocomplete="off"
        dir="auto"
        autofocus
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          activeKey.value = null;
        }}
        onKeyDown={pressed}
      />
      <p role="status" class={entries.length ? "hidden" : "hint"}>
        {entries.length ? t("shortcuts.results", { count: entries.length }) : t("shortcuts.nothingFound")}
      </p>
      <div role="listbox" id={listId} class="switcher-list" aria-label={t("shortcuts.switcher")}>
        {groups.map((group) => (
          <Group key={group.name} group={group} listId={listId} active={active} choose={choose} />
        ))}
      </div>
    </Dialog>
  );
}

const optionId = (listId: string, { key }: SwitcherEntry): string => `${listId}-${key}`;

/** Public rooms with this text in their name, from the server, a moment after the last letter. */
function usePublicRooms(text: Signal<string>) {
  const found = useSignal<readonly SwitcherEntry[]>([]);
  useEffect(() => {
    let isLatest = true;
    const search = async () => {
      const rooms = text.value.trim() ? await findPublicRooms(text.value.trim()).catch(() => []) : [];
      if (isLatest) found.value = rooms;
    };
    const timer = setTimeout(search, SEARCH_DELAY);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [text.value]);
  return found;
}

interface GroupProps {
  group: SwitcherGroup;
  listId: string;
  active: SwitcherEntry | undefined;
  choose: (entry: SwitcherEntry) => void;
}

const Group = ({ group: { name, entries }, listId, active, choose }: GroupProps) => (
  <div role="group" aria-label={name}>
    <p class="hint" aria-hidden="true">
      {name}
    </p>
    {entries.map((entry) => (
      <Option
        key={entry.key}
        id={optionId(listId, entry)}
        entry={entry}
        isActive={entry.key === active?.key}
        onClick={() => choose(entry)}
      />
    ))}
  </div>
);

interface OptionProps {
  id: string;
  entry: SwitcherEntry;
  isActive: boolean;
  onClick: () => void;
}

function Option({ id, entry, isActive, onClick }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the focus, and takes the keys
    <div
      ref={element}
      role="option"
      tabIndex={-1}
      id={id}
      class="switcher-option"
      aria-selected={isActive}
      onMouseDown={(event) => event.preventDefault()} // the focus stays in the field
      onClick={onClick}
    >
      <bdi>{entry.name}</bdi>
      {entry.hint && (
        <span class="hint" dir="auto">
          {entry.hint}
        </span>
      )}
      <UnreadBadge number={entry.unread} />
    </div>
  );
}
