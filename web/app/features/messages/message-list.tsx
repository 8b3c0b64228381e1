// @ts-nocheck
/** The conversation. However long it is, a part of it stands in the page; reading on moves that part without a jump. */

import { signal } from "@preact/signals";
import { Component, createRef } from "preact";
import { count, date, dayOf } from "../../core/format";
import { ErrorBoundary } from "../../ui/error-boundary";
import { EmptyState } from "../../ui/empty-state";
import { Day, Message, PlainMessage, UnreadLine } from "./message";
import { around, newer, newest, older } from "./message-window";

const NEAR = 900;
const AT_END = 48;
const TOGETHER = 5 * 60_000;

export class MessageList extends Component {
  constructor(props) {
    super(props);
    this.log = createRef();
    this.part = null;
    this.isFollowing = true;
    this.direction = 0;
    this.isAway = signal(false);
  }

  componentDidMount() {
    const { room } = this.props;
    const log = this.log.current;
    const line = log.querySelector(".unread-line");
    if (line) {
      this.#follow(false);
      log.scrollTop = line.offsetTop - log.clientHeight / 3;
    } else log.scrollTop = log.scrollHeight;
    this.at = log.scrollTop;
    this.#scrolled();
    // words wrap anew and the keyboard comes and goes: who reads the end stays there
    this.resizes = new ResizeObserver(() => this.isFollowing && this.#toEnd());
    this.resizes.observe(log);
    this.resizes.observe(log.firstElementChild);
    room.wasSent = () => this.toNewest();
  }

  componentWillUnmount() {
    this.resizes.disconnect();
    this.props.room.isWatched = false;
    this.props.room.wasSent = null;
  }

  getSnapshotBeforeUpdate() {
    const log = this.log.current;
    if (!log || this.isFollowing) return null;
    // what is in the middle is being read; the first row may lose the name above it when others come before it
    const ends = (row) => row.offsetTop + row.offsetHeight;
    const rows = [...log.querySelectorAll("[data-seq]")].filter((row) => ends(row) > log.scrollTop);
    const middle = Math.max(
      0,
      rows.findIndex((row) => ends(row) > log.scrollTop + log.clientHeight / 2),
    );
    return [...rows.slice(middle), ...rows.slice(0, middle).reverse()].map((row) => [row, row.offsetTop]);
  }

  componentDidUpdate(_props, _state, anchors) {
    const log = this.log.current;
    if (this.isFollowing) this.#toEnd();
    else {
      const [row, top] = anchors?.find(([anchor]) => anchor.isConnected) ?? [];
      if (!row) log.scrollTop = 0;
      else if (row.offsetTop !== top) log.scrollTop += row.offsetTop - top;
    }
    this.at = log.scrollTop;
    this.#follow(this.isFollowing || this.#isAtEnd());
    this.#extend();
  }

  #toEnd() {
    const log = this.log.current;
    log.scrollTop = log.scrollHeight;
    this.at = log.scrollTop;
  }

  #follow(isFollowing) {
    this.isAway.value = !isFollowing;
    this.isFollowing = isFollowing;
    this.props.room.isWatched = isFollowing;
    if (isFollowing) this.props.room.markRead();
  }

  #scrolled = () => {
    const log = this.log.current;
    if (log.scrollTop !== this.at) this.direction = Math.sign(log.scrollTop - this.at);
    this.at = log.scrollTop;
    this.#follow(this.#isAtEnd());
    this.#extend();
  };

  #isAtEnd() {
    const log = this.log.current;
    const { timeline } = this.props.room;
    const below = log.scrollHeight - log.clientHeight - log.scrollTop;
    return timeline.isAtEnd && (!this.part || this.part.to >= timeline.high) && below < AT_END;
  }

  /** Have more in the page, and in the browser, where reading comes near an end. */
  #extend() {
    const { room } = this.props;
    const { timeline } = room;
    const log = this.log.current;
    if (!this.part || !log) return;
    const below = log.scrollHeight - log.clientHeight - log.scrollTop;
    if (log.scrollTop < NEAR && this.direction <= 0 && !this.isFollowing) {
      if (this.part.from > timeline.low) this.#show(older(this.part, timeline.low));
      else if (!timeline.isAtBeginning) room.loadOlder();
    }
    if (this.isFollowing ? !timeline.isAtEnd : below < NEAR && this.direction >= 0) {
      if (this.part.to < timeline.high) this.#show(newer(this.part, timeline.high));
      else if (!timeline.isAtEnd) room.loadNewer();
    }
  }

  #show(part) {
    this.part = part;
    this.forceUpdate();
  }

  toNewest = async () => {
    const { room } = this.props;
    await room.toNewest();
    this.part = null;
    this.direction = 0;
    this.#follow(true);
    this.forceUpdate();
  };

  /** The part to show now, given what is loaded. */
  #settle() {
    const { timeline, unreadAfter } = this.props.room;
    const { low, high, isAtBeginning } = timeline;
    const part = this.part;
    const isLost = part && (part.to < low || part.from > high);
    if (part?.to < low && isAtBeginning && !this.isFollowing) {
      // all that was read is deleted: go on with the first that is left
      this.part = around(low, low, high);
      this.direction = 0;
    } else if (!part || isLost) {
      const unread = unreadAfter.peek();
      this.part = !part && unread !== null && unread >= low ? around(unread, low, high) : newest(high, low);
      if (isLost) this.isFollowing = true;
    } else if (this.isFollowing && part.to < high) this.part = newest(high, Math.max(low, part.from));
    else if (part.from < low) this.part = { ...part, from: low };
    return this.part;
  }

  /** From the button of one message to that of another. */
  #arrows = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.classList.contains("about")) return;
    const all = [...this.log.current.querySelectorAll(".about")];
    const next = all[all.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.closest("li").scrollIntoView({ block: "nearest" });
  };

  // A reader who unfolds a message stays at it.
  #unfolded = (event) => {
    if (event.target.closest("[aria-expanded]")) this.#follow(false);
  };

  render({ room, me, about }) {
    const messages = room.timeline.messages.value;
    const pending = room.pending.value;
    const { from, to } = this.#settle();
    const low = room.timeline.low;
    const shown = messages.slice(from - low, to - low + 1);
    const isComplete = room.timeline.isAtEnd && to >= room.timeline.high;
    const first = room.timeline.first.value;
    const isHidden = first === room.visibleFrom.value;
    const isCut = first > 1;
    const missing = room.timeline.last.value - room.lastRead.value;
    return (
      <div class="log-frame">
        <div
          class="log"
          id="messages"
          ref={this.log}
          role="log"
          aria-live="off"
          aria-label="Messages"
          tabindex="0"
          onScroll={this.#scrolled}
          onKeyDown={this.#arrows}
          onClick={this.#unfolded}
        >
          <ol>
            {!room.timeline.isAtBeginning || from > low ? (
              <Earlier key="earlier" />
            ) : (
              shown.length > 0 && (
                <Beginning
                  key="beginning"
                  isCut={isCut}
                  since={isHidden && shown[0].timestamp}
                  days={room.info.value?.retentionDays}
                />
              )
            )}
            {rows(isComplete ? [...shown, ...onTheirWay(pending, me)] : shown, room, me, about)}
            {!isComplete && <Later key="later" />}
          </ol>
          {!messages.length && !pending.length && room.timeline.last.value < room.timeline.first.value && (
            <Silence isCut={isCut && !isHidden} />
          )}
        </div>
        {this.isAway.value && (
          <button type="button" class="button to-newest" onClick={this.toNewest}>
            {missing > 0 ? count(missing, "new message") : "To the newest"}
          </button>
        )}
      </div>
    );
  }
}

const Earlier = () => (
  <li class="earlier">
    <span class="bone talk"></span>
    <span class="hidden">Earlier messages are loading</span>
  </li>
);

const Later = () => (
  <li class="earlier">
    <span class="bone talk"></span>
  </li>
);

const Beginning = ({ isCut, since, days }) => (
  <li class="beginning">
    {!isCut
      ? "This is where it began."
      : since
        ? `Earlier messages are visible only to people who were members before ${date(since)}.`
        : "What was said before is deleted."}
    {days && ` Messages are kept for ${count(days, "day")}.`}
  </li>
);

const Silence = ({ isCut }) => (
  <EmptyState title={isCut ? "What was said is deleted by now." : "Nothing has been said yet."}>
    <p>Say hello, or what you are working on. Others see it as soon as they come in.</p>
  </EmptyState>
);

// Shown as they will stand when they are confirmed; how it goes with them is said once, under the last.
const onTheirWay = (entries, me) =>
  entries.map((entry, at) => ({
    entry,
    isLast: at === entries.length - 1,
    id: entry.id,
    clientMessageId: entry.id,
    content: entry.content,
    timestamp: entry.at,
    sender: { id: me },
  }));

function rows(messages, room, me, about) {
  const unreadAfter = room.unreadAfter.value;
  const members = room.memberOf.value;
  const isOthers = ({ isSystem, sender }) => isSystem || (sender && sender.id !== me);
  const stop = messages.findLast(isOthers);
  const list = [];
  let before = null;
  for (const message of messages) {
    const isNewDay = !before || dayOf(before.timestamp) !== dayOf(message.timestamp);
    if (isNewDay) list.push(<Day key={`day ${dayOf(message.timestamp)}`} at={message.timestamp} />);
    const isLine = unreadAfter !== null && message.seq === unreadAfter + 1;
    if (isLine) list.push(<UnreadLine key="unread" />);
    const isFirst =
      isNewDay ||
      isLine ||
      before.isSystem ||
      before.sender?.id !== message.sender?.id ||
      new Date(message.timestamp) - new Date(before.timestamp) > TOGETHER;
    const isOwn = Boolean(message.sender) && message.sender.id === me;
    // the one that was shown while it was on its way keeps its place in the page
    const key = (isOwn && message.clientMessageId) || message.id;
    list.push(
      <ErrorBoundary key={key} of={message} otherwise={() => <PlainMessage message={message} />}>
        <Message
          message={message}
          isFirst={isFirst}
          isOwn={isOwn}
          looksAlike={isFirst && members.get(message.sender?.id)?.lookalike}
          about={isOthers(message) && about}
          isStop={message === stop}
        />
      </ErrorBoundary>,
    );
    before = message;
  }
  return list;
}
