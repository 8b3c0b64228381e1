/** Dialogs that shortcuts open. */

import { useSignal } from "@preact/signals";
import { canManage } from "../../core/permissions";
import { lazy, Nothing } from "../../ui/lazy";
import { currentRoom } from "../room/current-room";
import { closeShortcutDialog, shortcutDialog } from "./shortcuts";

// fetched ahead, because letters that are typed before it is open would go to the composer
const QuickSwitcher = lazy(() => import("./quick-switcher"), "QuickSwitcher", Nothing, { ahead: true });
const KeysDialog = lazy(() => import("./keys-dialog"), "KeysDialog", Nothing);
const ManageMember = lazy(() => import("../moderation/manage-member"), "ManageMember", Nothing);
const AboutPerson = lazy(() => import("../moderation/report-form"), "AboutPerson", Nothing);

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
  return <AboutPerson room={room} person={member} onClose={onClose} />;
}
