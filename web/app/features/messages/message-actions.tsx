// @ts-nocheck
/** The dialog about a message of another person, or about a notice of the room. */

import { useSignal } from "@preact/signals";
import { canManage } from "../../core/permissions";
import { Dialog } from "../../ui/dialog";
import { ManageMember } from "../moderation/manage-member";
import { ReportMessage } from "../moderation/report-form";

export function AboutMessage({ room, message, onClose }) {
  const isManaging = useSignal(false);
  const sender = message.sender && room.names.today(message.sender);
  const member = sender && room.memberOf.value.get(sender.id);
  if (isManaging.value) return <ManageMember room={room} id={sender.id} onClose={onClose} />;
  return (
    <Dialog
      title={
        sender ? (
          <>
            From <bdi>{sender.name}</bdi>
          </>
        ) : (
          "Notice of the room"
        )
      }
      onClose={onClose}
    >
      <blockquote class="quote words" dir="auto">
        {message.content}
      </blockquote>
      <ReportMessage room={room} message={message} />
      {member && canManage(room.info.value, member) && (
        <p class="choices deed">
          <button type="button" class="button plain" onClick={() => (isManaging.value = true)}>
            <span>
              Manage{" "}
              <b>
                <bdi>{sender.name}</bdi>
              </b>
            </span>
          </button>
        </p>
      )}
    </Dialog>
  );
}
