/** Rows of the message list: messages, notices and the lines between them. */

import type { VNode } from "preact";
import { day, moment, time } from "../../core/format";
import { noticeText } from "../../core/notices";
import { t } from "../../core/words";
import { Avatar } from "../../ui/avatar";
import { SimilarName } from "../../ui/similar-name";
import type { ListedMessage, MessageRoom } from "./message-room";
import { HeldState, PendingState, RefusedState } from "./message-state";
import { MessageText, NoticeText } from "./message-text";

const Time = ({ at }: { at: string }) => (
  <time datetime={at} title={moment(at)}>
    {time(at)}
  </time>
);

export const DayLine = ({ at }: { at: string }) => (
  <li class="day">
    <span>{day(at)}</span>
  </li>
);

export const NewMessagesLine = () => (
  <li class="unread-line">
    <span>{t("messages.new")}</span>
  </li>
);

interface MessageProps {
  message: ListedMessage;
  /** True for the first message of a group, which shows avatar, name and time. */
  isFirst: boolean;
  isOwn: boolean;
  hasSimilarName: boolean;
  /** End of the focus phase that runs; null if it is not known. */
  quietUntil: string | null;
  cancelHeld: MessageRoom["cancelHeld"];
  /** Toolbar, for messages with actions. */
  tools: VNode | null;
}

export function Message({ message, isFirst, isOwn, hasSimilarName, quietUntil, cancelHeld, tools }: MessageProps) {
  const { content, sender, timestamp, isSystem, seq, entry, held } = message;
  if (isSystem)
    return (
      <li class="system" data-seq={seq}>
        <NoticeText text={noticeText(content)} />
        <Time at={timestamp} />
        {tools}
      </li>
    );
  const state = entry ? (entry.reason ? "refused" : "pending") : held ? "held" : "";
  return (
    <li class={`message ${isOwn ? "own" : "other"} ${isFirst ? "first" : ""} ${state}`} data-seq={seq}>
      {isFirst && <Avatar name={sender?.name ?? "?"} id={sender?.id ?? ""} />}
      <div class="message-head">
        <b class="sender">
          <bdi>{sender?.name ?? t("messages.unknownSender")}</bdi>
        </b>
        {isOwn && isFirst && <span class="you">{t("messages.you")}</span>}
        <Time at={timestamp} />
        {hasSimilarName && <SimilarName />}
      </div>
      <MessageText text={content} />
      {tools}
      {entry && (entry.reason ? <RefusedState entry={entry} /> : message.isLast && <PendingState />)}
      {held && <HeldState held={held} until={quietUntil ?? held.releaseAt} cancel={cancelHeld} />}
    </li>
  );
}

/** A message that cannot be rendered as others: only its text. */
export const PlainMessage = ({ message: { content, seq } }: { message: ListedMessage }) => (
  <li class="message other first" data-seq={seq}>
    <p class="words folded" dir="auto">
      {String(content ?? "")}
    </p>
  </li>
);
