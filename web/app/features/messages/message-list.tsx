/** Scrolling list of messages. A window of them is in the page; it moves while the user scrolls, without jumps. */

import { effect, signal } from "@preact/signals";
import { Component, createRef, type TargetedEvent, type TargetedKeyboardEvent } from "preact";
import { beforeLeaving, readEntry, writeEntry } from "../../core/history-entry";
import type { Message, UserSummary } from "../../core/types";
import { t } from "../../core/words";
import type { ListedMessage, MessageRoom } from "./message-room";
import {
  Beginning,
  LoadingNewer,
  LoadingOlder,
  messageRows,
  NoMessages,
  pendingMessages,
  waitingMessages,
} from "./message-rows";
import { around, type MessageWindow, newer, newest, older } from "./message-window";

/** Distance to an end, in pixels, at which more messages are rendered or loaded. */
const NEAR = 900;
/** Distance to the end, in pixels, that counts as being there. */
const AT_END = 48;

/** Rows with their distance from the top of the list, the row to keep in place first. */
type Anchors = readonly (readonly [row: HTMLElement, top: number])[];

/** The message in the middle of the list, and its distance in pixels from the top of the list. */
interface Position {
  readonly seq: number;
  readonly top: number;
}

const isPosition = (value: unknown): value is Position => typeof value === "object" && value !== null && "seq" in value;

interface MessageListProps {
  room: MessageRoom;
  me: UserSummary;
  openActions: (message: Message) => void;
}

export class MessageList extends Component<MessageListProps> {
  readonly #ref = createRef<HTMLDivElement>();
  readonly #isAway = signal(false);
  readonly #resizes = new ResizeObserver(() => this.#isFollowing && this.#scrollToEnd());
  #window: MessageWindow | null = null;
  /** True while the list stays at its end when messages arrive. */
  #isFollowing = true;
  /** -1 after scrolling to older messages, 1 after scrolling to newer ones. */
  #direction = 0;
  #scrollTop = 0;
  #stopPending = () => {};
  #stopStoring = () => {};
  /** Position to return to after Back, Forward or a reload; null if there is none, or no longer. */
  #stored: Position | null = null;

  override componentWillMount(): void {
    const stored = readEntry("messages");
    if (isPosition(stored)) this.#stored = { ...stored, seq: Math.max(stored.seq, this.props.room.timeline.first.peek()) };
    writeEntry("messages", null); // if the list is drawn anew, it is elsewhere
  }

  get #log(): HTMLDivElement {
    return this.#ref.current as HTMLDivElement;
  }

  override componentDidMount(): void {
    const log = this.#log;
    const line = log.querySelector<HTMLElement>(".unread-line");
    if (this.#restore()) this.#follow(false);
    else if (line) {
      this.#follow(false);
      log.scrollTop = line.offsetTop - log.clientHeight / 3;
    } else log.scrollTop = log.scrollHeight;
    if (this.#stored) void this.#loadStored(this.#stored.seq);
    this.#scrollTop = log.scrollTop;
    this.#scrolled();
    // text wraps anew, and the keyboard of a phone comes and goes: a reader at the end stays there
    this.#resizes.observe(log);
    if (log.firstElementChild) this.#resizes.observe(log.firstElementChild);
    this.#stopPending = this.#watchPending();
    this.#stopStoring = beforeLeaving(() => writeEntry("messages", this.#position()));
  }

  override componentWillUnmount(): void {
    this.#stopPending();
    this.#stopStoring();
    this.#resizes.disconnect();
    this.props.room.isWatched = false;
  }

  override getSnapshotBeforeUpdate(): Anchors | null {
    const log = this.#ref.current;
    // browsers send the event of a scroll with the next frame: an update before it must not take the scroll back
    if (log && this.#isFollowing && log.scrollTop < this.#scrollTop) this.#follow(this.#isAtEnd());
    if (!log || this.#isFollowing) return null;
    // The row in the middle is being read. The first row may lose its head when other rows come before it.
    const end = (row: HTMLElement) => row.offsetTop + row.offsetHeight;
    const rows = [...log.querySelectorAll<HTMLElement>("[data-seq]")].filter((row) => end(row) > log.scrollTop);
    const middle = rows.findIndex((row) => end(row) > log.scrollTop + log.clientHeight / 2);
    const at = Math.max(0, middle);
    return [...rows.slice(at), ...rows.slice(0, at).reverse()].map((row) => [row, row.offsetTop]);
  }

  override componentDidUpdate(_props: MessageListProps, _state: unknown, anchors: Anchors | null): void {
    const log = this.#log;
    if (this.#restore()) this.#isFollowing = false;
    else if (this.#isFollowing) this.#scrollToEnd();
    else {
      const anchor = anchors?.find(([row]) => row.isConnected);
      if (!anchor) log.scrollTop = 0;
      else if (anchor[0].offsetTop !== anchor[1]) log.scrollTop += anchor[0].offsetTop - anchor[1];
    }
    this.#scrollTop = log.scrollTop;
    this.#follow(this.#isFollowing || this.#isAtEnd());
    this.#extend();
  }

  /** Position of a reader; null at the end of the list, which is followed. */
  #position(): Position | null {
    const [row, top] = this.getSnapshotBeforeUpdate()?.[0] ?? [];
    return row && top !== undefined ? { seq: Number(row.dataset.seq), top: top - this.#log.scrollTop } : null;
  }

  /** Scroll to the stored position. Returns false if there is none, or its message is not in the page. */
  #restore(): boolean {
    const stored = this.#stored;
    const row = stored && this.#log.querySelector<HTMLElement>(`[data-seq="${stored.seq}"]`);
    if (!row) return false;
    this.#stored = null;
    this.#log.scrollTop = row.offsetTop - stored.top;
    return true;
  }

  /** Load the message of the stored position; the next update scrolls to it. */
  async #loadStored(seq: number): Promise<void> {
    const { timeline, toMessage } = this.props.room;
    await toMessage(seq).catch(() => {}); // the list stays where it is
    if (seq < timeline.low || seq > timeline.high) this.#stored = null;
  }

  /** Go to the end when the user sends a message. */
  #watchPending(): () => void {
    let known: Set<string> | null = null;
    return effect(() => {
      const ids = new Set(this.props.room.pending.value.map(({ id }) => id));
      const isSent = known && [...ids].some((id) => !known?.has(id));
      known = ids;
      if (isSent) queueMicrotask(this.#jumpToLatest);
    });
  }

  #scrollToEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#scrollTop = this.#log.scrollTop;
  }

  #follow(isFollowing: boolean): void {
    this.#isAway.value = !isFollowing;
    this.#isFollowing = isFollowing;
    this.props.room.isWatched = isFollowing;
    if (isFollowing) this.props.room.markRead();
  }

  readonly #scrolled = (): void => {
    if (!this.#ref.current) return; // browsers send the event a frame later, when the view may have been left
    const { scrollTop } = this.#log;
    if (scrollTop !== this.#scrollTop) this.#direction = Math.sign(scrollTop - this.#scrollTop);
    this.#scrollTop = scrollTop;
    this.#follow(this.#isAtEnd());
    this.#extend();
  };

  get #below(): number {
    const { scrollHeight, clientHeight, scrollTop } = this.#log;
    return scrollHeight - clientHeight - scrollTop;
  }

  #isAtEnd(): boolean {
    const { timeline } = this.props.room;
    return timeline.isAtEnd && (!this.#window || this.#window.to >= timeline.high) && this.#below < AT_END;
  }

  /** Render more messages, or load them, when the user comes near an end. */
  #extend(): void {
    const { room } = this.props;
    const { timeline } = room;
    const shown = this.#window;
    if (!shown || !this.#ref.current) return;
    const below = this.#below;
    if (this.#log.scrollTop < NEAR && this.#direction <= 0 && !this.#isFollowing) {
      if (shown.from > timeline.low) this.#show(older(shown, timeline.low));
      else if (!timeline.isAtBeginning) void room.loadOlder();
    }
    if (this.#isFollowing ? !timeline.isAtEnd : below < NEAR && this.#direction >= 0) {
      if (shown.to < timeline.high) this.#show(newer(shown, timeline.high));
      else if (!timeline.isAtEnd) void room.loadNewer();
    }
  }

  #show(next: MessageWindow): void {
    this.#window = next;
    this.forceUpdate();
  }

  readonly #jumpToLatest = async (): Promise<void> => {
    this.#stored = null;
    await this.props.room.toNewest();
    if (!this.#ref.current) return;
    this.#window = null;
    this.#direction = 0;
    this.#follow(true);
    this.forceUpdate();
  };

  /** The window for the messages that are loaded now. */
  #nextWindow(): MessageWindow {
    const { timeline, unreadAfter } = this.props.room;
    const { low, high, isAtBeginning } = timeline;
    const shown = this.#window;
    const stored = this.#stored?.seq;
    if (stored !== undefined && stored >= low && stored <= high) return around(stored, low, high);
    if (!shown) {
      const unread = unreadAfter.peek();
      return unread !== null && unread >= low ? around(unread, low, high) : newest(high, low);
    }
    if (shown.to < low && isAtBeginning && !this.#isFollowing) {
      // all messages that were shown are deleted: continue with the first stored one
      this.#direction = 0;
      return around(low, low, high);
    }
    if (shown.to < low || shown.from > high) {
      this.#isFollowing = true;
      return newest(high, low);
    }
    if (this.#isFollowing && shown.to < high) return newest(high, Math.max(low, shown.from));
    return shown.from < low ? { ...shown, from: low } : shown;
  }

  /** Arrow keys move the focus between the toolbars of messages. */
  readonly #arrows = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    const target = event.target as HTMLElement;
    if (!step || !target.matches(".message-tool")) return;
    const tools = [...this.#log.querySelectorAll<HTMLElement>(".message-tool")];
    const next = tools[tools.indexOf(target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.closest("li")?.scrollIntoView({ block: "nearest" });
  };

  // a reader who unfolds a message stays there
  readonly #clicked = (event: TargetedEvent<HTMLDivElement>): void => {
    if ((event.target as HTMLElement).closest("[aria-expanded]")) this.#follow(false);
  };

  override render({ room, me, openActions }: MessageListProps) {
    const { timeline } = room;
    const messages = timeline.messages.value;
    const own = [...waitingMessages(room.held.value, me), ...pendingMessages(room.pending.value, me)];
    const { from, to } = (this.#window = this.#nextWindow());
    const shown = messages.slice(from - timeline.low, to - timeline.low + 1);
    const isComplete = timeline.isAtEnd && to >= timeline.high;
    const hasOlder = !timeline.isAtBeginning || from > timeline.low;
    const isEmpty = !messages.length && !own.length && timeline.last.value < timeline.first.value;
    return (
      <div class="log-frame">
        <div
          class="log"
          id="messages"
          ref={this.#ref}
          role="log"
          aria-live="off"
          aria-label={t("messages.label")}
          tabindex={0}
          onScroll={this.#scrolled}
          onKeyDown={this.#arrows}
          onClick={this.#clicked}
        >
          <ol>
            {hasOlder ? <LoadingOlder key="earlier" /> : <ListBeginning key="beginning" room={room} first={shown[0]} />}
            {messageRows(isComplete ? [...shown, ...own] : shown, { room, me, openActions })}
            {!isComplete && <LoadingNewer key="later" />}
          </ol>
          {isEmpty && <NoMessages isCut={timeline.first.value > 1 && !isHidden(room)} />}
        </div>
        {this.#isAway.value && <JumpButton room={room} onClick={this.#jumpToLatest} />}
      </div>
    );
  }
}

/** True if older messages are for earlier members only. */
const isHidden = ({ timeline, visibleFrom }: MessageRoom): boolean => timeline.first.value === visibleFrom.value;

function ListBeginning({ room, first }: { room: MessageRoom; first: ListedMessage | undefined }) {
  if (!first) return null;
  const since = isHidden(room) ? first.timestamp : null;
  return <Beginning isCut={room.timeline.first.value > 1} since={since} retentionDays={room.info.value?.retentionDays} />;
}

function JumpButton({ room, onClick }: { room: MessageRoom; onClick: () => void }) {
  const unread = room.timeline.last.value - room.lastRead.value;
  return (
    <button type="button" class="button to-newest" onClick={onClick}>
      {unread > 0 ? t("messages.newCount", { count: unread }) : t("messages.jumpToLatest")}
    </button>
  );
}
