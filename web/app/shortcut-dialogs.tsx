/** Dialogs that shortcuts open. */

import { useSignal } from "@preact/signals";
import { canManage } from "./core/permissions";
import { currentRoom } from "./features/room/current-room";
import { closeShortcutDialog, shortcutDialog } from "./features/rooms/shortcuts";
import { lazy, Nothing } from "./ui/lazy";

// fetched ahead, because letters that are typed before it is open would go to the composer
const QuickSwitcher = lazy(() => import("./features/rooms/quick-switcher"), "QuickSwitcher", Nothing, { ahead: true });
const KeysDialog = lazy(() => import("./features/rooms/keys-dialog"), "KeysDialog", Nothing);
const ManageMember = lazy(() => import("./features/moderation/manage-member"), "ManageMember", Nothing);
const ReportPersonDialog = lazy(() => import("./features/moderation/report-form"), "ReportPersonDialog", Nothing);

/** The dialog that is open, or nothing. */
export function ShortcutDialogs() {
  const memberId = useSignal<string | null>(null);
  const openMember = (id: string) => (memberId.value = id);
  return (
    <>
      {shortcutDialog.value === "switcher" && <QuickSwitcher onClose={closeShortcutDialog} openMember={openMember} />}
      {shortcutDialog.value === "keys" && <KeysDialog onClose={closeShortcutDialog} />}
      {memberId.value && <MemberDialog id={memberId.value} onClose={() => (memberId.value = null)} />}
    </>
  );
}

/** The dialog about a member of the current room, with the actions that the user may take. */
function MemberDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const room = currentRoom.value;
  const member = room?.memberOf.value.get(id);
  if (!room || !member) return null;
  if (canManage(room.info.value, member)) return <ManageMember room={room} id={id} onClose={onClose} />;
  return <ReportPersonDialog room={room} person={member} onClose={onClose} />;
}
