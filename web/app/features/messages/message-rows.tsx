/** Rows of the message list: groups of one sender, days, and the line of new messages. */

import type { ComponentChildren, VNode } from "preact";
import { date, dayOf } from "../../core/format";
import { canManage } from "../../core/permissions";
import type { HeldMessage, Member, Message as StoredMessage, UserSummary } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { ErrorBoundary } from "../../ui/error-boundary";
import { DayLine, Message, NewMessagesLine, PlainMessage } from "./message";
import { groupMessages } from "./message-groups";
import type { ListedMessage, MessageRoom, PendingMessage, WaitingMessage } from "./message-room";
import { MessageTools } from "./message-tools";
import type { OutboxEntry } from "./outbox-queue";

/** Entries of the outbox in the shape of messages, so that a row stays in place when its message is acked. */
export const pendingMessages = (entries: readonly OutboxEntry[], me: UserSummary): PendingMessage[] =>
  entries.map((entry, at) => ({
    entry,
    isLast: at === entries.length - 1,
    id: entry.id,
    clientMessageId: entry.id,
    content: entry.content,
    timestamp: entry.at,
    sender: me,
    isSystem: false,
  }));

/** Messages that wait for the break, in the shape of the others. They keep their row when they are published. */
export const waitingMessages = (messages: readonly HeldMessage[], me: UserSummary): WaitingMessage[] =>
  messages.map((held) => {
    const { id, clientMessageId, content, timestamp } = held.message;
    return { held, id, clientMessageId, content, timestamp, sender: me, isSystem: false };
  });

/** True for notices and messages of others. */
const hasActions = (message: ListedMessage, me: UserSummary): message is StoredMessage =>
  message.isSystem || (message.sender !== null && message.sender.id !== me.id);

interface RowsContext {
  room: MessageRoom;
  me: UserSummary;
  openActions: (message: StoredMessage) => void;
}

export function messageRows(messages: readonly ListedMessage[], { room, me, openActions }: RowsContext): VNode[] {
  const members = room.memberOf.value;
  const info = room.info.value;
  const stop = [...messages].reverse().find((message) => hasActions(message, me));
  const toolsOf = (message: StoredMessage, member: Member | undefined) => (
    <MessageTools
      message={message}
      canManage={Boolean(member && canManage(info, member))}
      isStop={message === stop}
      open={openActions}
    />
  );
  return groupMessages(messages, room.unreadAfter.value).flatMap(({ message, isFirst, isFirstOfDay, isFirstNew }) => {
    const isOwn = message.sender?.id === me.id;
    const member = message.sender ? members.get(message.sender.id) : undefined;
    const rows = [
      <ErrorBoundary key={rowKey(message, isOwn)} of={message} otherwise={() => <PlainMessage message={message} />}>
        <Message
          message={message}
          isFirst={isFirst}
          isOwn={isOwn}
          hasSimilarName={isFirst && Boolean(member?.lookalike)}
          quietUntil={room.quietUntil.value}
          cancelHeld={room.cancelHeld}
          tools={hasActions(message, me) ? toolsOf(message, member) : null}
        />
      </ErrorBoundary>,
    ];
    if (isFirstNew) rows.unshift(<NewMessagesLine key="unread" />);
    if (isFirstOfDay) rows.unshift(<DayLine key={`day ${dayOf(message.timestamp)}`} at={message.timestamp} />);
    return rows;
  });
}

// a message keeps the row that it had while it was pending
const rowKey = ({ id, clientMessageId }: ListedMessage, isOwn: boolean): string => (isOwn && clientMessageId) || id;

export const LoadingOlder = () => (
  <li class="earlier">
    <span class="skeleton-row indented"></span>
    <span class="hidden">{t("messages.loadingOlder")}</span>
  </li>
);

export const LoadingNewer = () => (
  <li class="earlier">
    <span class="skeleton-row indented"></span>
  </li>
);

interface BeginningProps {
  /** True if there were older messages. */
  isCut: boolean;
  /** Time of the first message that the user may read, if older ones are hidden. */
  since: string | null;
  retentionDays: number | null | undefined;
}

export const Beginning = ({ isCut, since, retentionDays }: BeginningProps) => (
  <li class="beginning">
    {!isCut
      ? t("messages.beginning")
      : since
        ? t("messages.beginningHidden", { date: date(since) })
        : t("messages.beginningDeleted")}
    {spaced(retentionDays && t("messages.retention", { count: retentionDays }))}
  </li>
);

const spaced = (sentence: ComponentChildren) => (sentence ? <> {sentence}</> : null);

export const NoMessages = ({ isCut }: { isCut: boolean }) => (
  <EmptyState title={t(isCut ? "messages.noneLeft" : "messages.none")}>
    <p>{t("messages.noneHint")}</p>
  </EmptyState>
);
