/** Dialog of actions for a message of another user, or for a notice of the room. */

import { useSignal } from "@preact/signals";
import { messageText } from "../../core/notices";
import { canManage } from "../../core/permissions";
import type { Message } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { Name } from "../../ui/name";
import { Words } from "../../ui/words";
import { ManageMember } from "../moderation/manage-member";
import { ReportMessage } from "../moderation/report-form";
import type { RoomSession } from "../room/room-session";

interface MessageActionsProps {
  room: RoomSession;
  message: Message;
  onClose: () => void;
}

export function MessageActions({ room, message, onClose }: MessageActionsProps) {
  const isManaging = useSignal(false);
  const sender = message.sender && room.names.current(message.sender);
  const member = sender && room.memberOf.value.get(sender.id);
  if (isManaging.value && sender) return <ManageMember room={room} id={sender.id} onClose={onClose} />;
  const title = sender ? <Words of="messages.from" name={<bdi>{sender.name}</bdi>} /> : t("messages.notice");
  return (
    <Dialog title={title} onClose={onClose}>
      <blockquote class="quote words" dir="auto">
        {messageText(message)}
      </blockquote>
      <ReportMessage room={room} message={message} />
      {member && canManage(room.info.value, member) && (
        <p class="choices action">
          <button type="button" class="button" onClick={() => (isManaging.value = true)}>
            <span>
              <Words of="messages.manageSender" name={<Name of={member.name} />} />
            </span>
          </button>
        </p>
      )}
    </Dialog>
  );
}
