/** The newest messages of the user's rooms, by room. */

import type { JSX } from "preact";
import { messageText } from "../../core/notices";
import type { Message } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { Name } from "../../ui/name";
import { RelativeTime } from "../../ui/relative-time";
import { useRovingFocus } from "../../ui/roving-focus";
import { messagesByRoom } from "./home-groups";

interface RecentMessagesProps {
  messages: readonly Message[];
  /** Names of rooms by id. */
  names: ReadonlyMap<string, string>;
  /** Number of messages from which on the list is one stop of the Tab key. */
  oneStopFrom: number;
}

export function RecentMessages({ messages, names, oneStopFrom }: RecentMessagesProps): JSX.Element {
  const list = useRovingFocus("li > a", oneStopFrom);
  if (!messages.length)
    return (
      <EmptyState title={t("rooms.noMessages")}>
        <p>{t("rooms.noMessagesHint")}</p>
      </EmptyState>
    );
  return (
    <ul class="recent-messages" ref={list}>
      {messagesByRoom(messages).map(({ roomId, messages: found }) => (
        <li key={roomId}>
          <h3 dir="auto">{names.get(roomId) ?? t("rooms.unknownRoom")}</h3>
          <ol>
            {found.map((message) => (
              <RecentMessage key={message.id} message={message} />
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}

function RecentMessage({ message }: { message: Message }) {
  const { sender, timestamp, roomId } = message;
  return (
    <li>
      <a href={`/rooms/${roomId}`}>
        <span class="byline">
          {sender ? <Name of={sender.name} /> : t("rooms.notice")} <RelativeTime at={timestamp} />
        </span>
        <span class="excerpt" dir="auto">
          {messageText(message)}
        </span>
      </a>
    </li>
  );
}
