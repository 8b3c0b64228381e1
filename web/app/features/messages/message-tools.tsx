/** Toolbar of a message: shown on hover and focus, and always on touch screens. */

import { hasCoarsePointer } from "../../core/pointers";
import type { Message } from "../../core/types";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";

interface MessageToolsProps {
  message: Message;
  /** True if the user can also manage the sender. */
  canManage: boolean;
  /** True for the one message whose toolbar is a stop of the Tab key. Arrow keys reach the others. */
  isStop: boolean;
  open: (message: Message) => void;
}

export function MessageTools({ message, canManage, isStop, open }: MessageToolsProps) {
  const name = message.sender?.name;
  const hasMore = name !== undefined && (canManage || hasCoarsePointer.value);
  const label = name === undefined ? t("messages.reportNotice") : t(hasMore ? "messages.actions" : "messages.report", { name });
  return (
    <div class="message-tools">
      <button
        type="button"
        class="message-tool"
        tabindex={isStop ? 0 : -1}
        aria-label={label}
        title={hasMore ? undefined : t("messages.reportTitle")}
        onClick={() => open(message)}
      >
        <Icon name={hasMore ? "more" : "report"} />
      </button>
    </div>
  );
}
