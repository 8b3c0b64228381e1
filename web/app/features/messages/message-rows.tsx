// @ts-nocheck
/** Rows of the message list: groups of one sender, days, and the line of new messages. */

import type { ComponentChildren, VNode } from "preact";
import { date, dayOf } from "../../core/format";
import { canManage } from "../../core/permissions";
import type { UserSummary } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { ErrorBoundary } from "../../ui/error-boundary";
import { DayLine, Message, NewMessagesLine, PlainMessage } from "./message";
import type { ListedMessage, MessageRoom, PendingMessage } from "./message-room";
import type { OutboxEntry } from "./outbox-queue";

/** Maximum time between two messages of one group. */
const GROUP_GAP = 5 * 60_000;

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

/** True if a message follows the one before in the same group. */
const isGrouped = (before: ListedMessage, message: ListedMessage): boolean =>
  !before.isSystem &&
  before.sender?.id === message.sender?.id &&
  Date.parse(message.timestamp) - Date.parse(before.timestamp) <= GROUP_GAP;

interface RowsContext {
  room: MessageRoom;
  me: UserSummary;
  openActions: (message: ListedMessage) => void;
}

export function messageRows(messages: readonly ListedMessage[], { room, me, openActions }: RowsContext): VNode[] {
  const unreadAfter = room.unreadAfter.value;
  const members = room.memberOf.value;
  const info = room.info.value;
  const isOwn = ({ sender }: ListedMessage) => sender?.id === me.id;
  const hasActions = (message: ListedMessage) => message.isSystem || (message.sender !== null && !isOwn(message));
  const stop = [...messages].reverse().find(hasActions);
  const rows: VNode[] = [];
  let before: ListedMessage | null = null;
  for (const message of messages) {
    const isNewDay = !before || dayOf(before.timestamp) !== dayOf(message.timestamp);
    const isLine = unreadAfter !== null && message.seq === unreadAfter + 1;
    if (isNewDay) rows.push(<DayLine key={`day ${dayOf(message.timestamp)}`} at={message.timestamp} />);
    if (isLine) rows.push(<NewMessagesLine key="unread" />);
    const isFirst = isNewDay || isLine || !before || !isGrouped(before, message);
    const member = message.sender ? members.get(message.sender.id) : undefined;
    rows.push(
      <ErrorBoundary key={rowKey(message, isOwn(message))} of={message} otherwise={() => <PlainMessage message={message} />}>
        <Message
          message={message}
          isFirst={isFirst}
          isOwn={isOwn(message)}
          hasSimilarName={isFirst && Boolean(member?.lookalike)}
          canManage={Boolean(member && canManage(info, member))}
          isStop={message === stop}
          openActions={hasActions(message) ? openActions : null}
        />
      </ErrorBoundary>,
    );
    before = message;
  }
  return rows;
}

// a message keeps the row that it had while it was pending
const rowKey = ({ id, clientMessageId }: ListedMessage, isOwn: boolean): string => (isOwn && clientMessageId) || id;

export const LoadingOlder = () => (
  <li class="earlier">
    <span class="bone talk"></span>
    <span class="hidden">{t("messages.loadingOlder")}</span>
  </li>
);

export const LoadingNewer = () => (
  <li class="earlier">
    <span class="bone talk"></span>
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
