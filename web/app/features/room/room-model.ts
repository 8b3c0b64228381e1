/** State of a room on the page, and the changes of it by messages, members and names. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { sendEvent } from "../../core/connection";
import { quoted } from "../../core/format";
import type { ApiError } from "../../core/http";
import { Names } from "../../core/names";
import { user } from "../../core/session";
import type { HeldMessage, JoinAck, Member, Message, Room, RoomInfo, UserSummary } from "../../core/types";
import { t } from "../../core/words";
import { held, heldPublished, replaceHeld } from "../messages/held";
import { confirm, outbox } from "../messages/outbox";
import type { OutboxEntry } from "../messages/outbox-queue";
import { Timeline } from "../messages/timeline";
import { patchRoom, rememberName, setUnread } from "../rooms/my-rooms";
import { LiveTimer } from "../study/live-timer";
import { HistoryLoader } from "./history-loader";
import { MemberList } from "./member-list";
import { MyStatus } from "./my-status";
import { Presence } from "./presence";
import { ReadingPosition } from "./reading-position";
import type { RoomSnapshot } from "./recent-rooms";
import type { RoomState } from "./room-state";

const isOwn = ({ sender }: Message): boolean => sender !== null && sender.id === user.peek()?.id;

/** Users whose name and picture came with messages. */
const senders = (messages: readonly Message[]): UserSummary[] => messages.flatMap(({ sender }) => (sender ? [sender] : []));

/** A room as it is shown to users who are no members. */
const roomOf = (info: RoomInfo): Room => ({ ...info, isOwner: false, lastSeq: null, role: null, unread: 0 });

export abstract class RoomModel {
  readonly id: string;
  readonly state = signal<RoomState>("loading");
  /** Error of the state "failed". */
  readonly problem = signal<ApiError | null>(null);
  readonly info = signal<Room | null>(null);
  readonly timeline = new Timeline();
  readonly names = new Names();
  readonly timer = new LiveTimer((before, after) => this.presence.throughPhase(before, after));
  /** True if focus phases of the timer count as study time of the user. */
  readonly followsTimer = signal(true);
  /** True if the others in the room see the user's study time there. */
  readonly showsTime = signal(false);
  readonly myStatus: MyStatus;
  /** Messages of the user that are not acked. */
  readonly pending: ReadonlySignal<readonly OutboxEntry[]>;
  /** End of the focus phase that runs, ISO 8601, if messages of members wait for it; else null. */
  readonly quietUntil = computed(() => {
    const timer = this.timer.known.value;
    const isFocus = timer?.state === "running" && timer.phase === "focus";
    return isFocus && this.info.value?.quietFocus === "hold" ? timer.endsAt : null;
  });
  /** Messages of the user that wait for the break. */
  readonly held: ReadonlySignal<readonly HeldMessage[]>;
  /** End of a mute of the user, ISO 8601, or null. A moment that is over is no mute. */
  readonly mutedUntil = signal<string | null>(null);
  /** Number of the first message that the user may read; earlier ones are for members who joined before. */
  readonly visibleFrom = signal(1);
  /** The last event of the room, shown for a moment; `at` is in ms since 1970. */
  readonly toast = signal<{ readonly text: string; readonly at: number } | null>(null);
  /** The last message of another user, for screen readers. */
  readonly announcedMessage = signal<Message | null>(null);
  /** Time since which the shown state may be outdated, in ms since 1970; null if it is current. */
  readonly asOf = signal<number | null>(null);
  /** Epoch of the history on the page; null before it is loaded. */
  epoch: string | null = null;
  isClosed = false;

  readonly presence = new Presence(
    () => void this.join(),
    ({ kind, name }) => this.#showToast(t(kind === "joined" ? "room.userJoined" : "room.userLeft", { name: quoted(name) })),
  );

  protected readonly memberList: MemberList;
  protected readonly reading: ReadingPosition;
  protected readonly history: HistoryLoader;

  constructor(id: string) {
    this.id = id;
    this.myStatus = new MyStatus(id);
    this.pending = computed(() => outbox.value.filter(({ roomId }) => roomId === id));
    this.held = computed(() => held.value.filter(({ message }) => message.roomId === id));
    this.memberList = new MemberList({
      names: this.names,
      load: () =>
        api.details(id).then(
          ({ members }) => members,
          () => null,
        ),
      learn: (members, apply) => this.learn(members, apply),
      isNeeded: () => this.state.peek() === "open" && !this.isClosed,
      totalMembers: () => this.info.peek()?.totalMembers,
      random: Math.random,
    });
    this.reading = new ReadingPosition({
      timeline: this.timeline,
      isOwn,
      isVisible: () => document.visibilityState === "visible",
      isOpen: () => this.state.peek() === "open",
      publish: () => this.publishUnread(),
      send: (seq) => void sendEvent("mark-read", { roomId: id, seq }).catch(() => {}),
    });
    this.history = new HistoryLoader(this.timeline, {
      load: (query) => api.messages(id, query),
      add: (messages, firstSeq) => this.#loaded(messages, firstSeq, (named) => this.timeline.add(named)),
      replace: (messages, firstSeq) =>
        this.#loaded(messages, firstSeq, (named) =>
          this.timeline.replace(named, this.timeline.last.peek(), this.timeline.first.peek()),
        ),
    });
  }

  get members() {
    return this.memberList.members;
  }
  get memberOf() {
    return this.memberList.byId;
  }
  get lastRead() {
    return this.reading.lastRead;
  }
  get unreadAfter() {
    return this.reading.unreadAfter;
  }
  get unread() {
    return this.reading.unread;
  }
  get loadingOlder() {
    return this.history.loadingOlder;
  }
  get loadingNewer() {
    return this.history.loadingNewer;
  }
  /** True while the end of the timeline is on the screen; set by the view. */
  get isWatched() {
    return this.reading.isWatched;
  }
  set isWatched(isWatched: boolean) {
    this.reading.isWatched = isWatched;
  }

  loadMembers = (): Promise<void> => this.memberList.load();
  loadOlder = (): Promise<void> => this.history.loadOlder();
  loadNewer = (): Promise<void> => this.history.loadNewer();
  /** Load the newest messages, and drop the others if there is a gap between. */
  toNewest = (): Promise<void> => this.history.toNewest();
  /** Load the messages around a number, and drop the others if there is a gap between. */
  toMessage = (seq: number): Promise<void> => this.history.toMessage(seq);
  /** Read to the end, if that is on the screen. */
  markRead = (): void => this.reading.markRead();

  /** Set the text about what the user works on in the room; "" clears it. */
  async work(activity: string): Promise<void> {
    await sendEvent("update-status", { roomId: this.id, activity });
    this.presence.works(user.peek()?.id, activity);
  }

  /** No view shows the room any more. */
  unwatch(): void {
    batch(() => {
      this.reading.unwatch();
      this.toast.value = this.announcedMessage.value = null;
    });
  }

  /** Join, or catch up after an absence. */
  protected abstract join(): Promise<void>;

  /** Load the public details of the room. */
  async loadInfo(): Promise<void> {
    const info = await api.basicInfo(this.id).catch(() => null);
    if (info) this.info.value = roomOf(info);
  }

  #showToast(text: string): void {
    this.toast.value = { text, at: Date.now() };
  }

  /** The messages to begin with: the latest ones, or those where the user stopped to read if more are unread. */
  protected async firstPage({ missed, firstSeq, lastSeq, lastRead }: JoinAck): Promise<readonly Message[]> {
    const read = Math.max(lastRead, firstSeq - 1);
    const isBehind = missed[0] !== undefined && read < lastSeq && read + 1 < missed[0].seq;
    return isBehind ? this.history.firstPage(read, missed) : missed;
  }

  /** Take over the answer to joining. `page` replaces all messages if `isNew`, else it continues them. */
  protected caughtUp(ack: JoinAck, page: readonly Message[], isNew: boolean): void {
    const { firstSeq, lastSeq, missed } = ack;
    const lastRead = Math.max(ack.lastRead, firstSeq - 1); // deleted messages are not unread
    this.learn(senders(page));
    const named = page.map(this.names.ofMessage);
    this.info.value = ack.room;
    rememberName(ack.room);
    this.mutedUntil.value = ack.mutedUntil;
    this.visibleFrom.value = ack.visibleFrom;
    this.epoch = ack.epoch;
    this.timer.reset(ack.timer);
    replaceHeld(this.id, ack.held);
    this.followsTimer.value = ack.followTimer;
    this.showsTime.value = ack.showOnLeaderboard;
    for (const message of missed) this.confirmDelivery(message);
    if (isNew) {
      this.timeline.replace(named, lastSeq, firstSeq);
      this.reading.begin(lastRead, lastSeq);
    } else {
      this.expire(firstSeq);
      this.reading.resume(lastRead);
      if (named[0]) this.reading.arrives(named[0]);
      this.timeline.add(named);
    }
  }

  protected received(message: Message): void {
    if (message.seq <= this.timeline.last.peek() && this.timeline.isAtEnd) return this.confirmDelivery(message);
    this.learn(senders([message]));
    const named = this.names.ofMessage(message);
    batch(() => {
      this.confirmDelivery(named);
      this.reading.arrives(named);
      this.timeline.add([named]);
      if (isOwn(named)) this.reading.sent(named);
      else this.announcedMessage.value = named;
    });
    this.publishUnread();
    this.markRead();
  }

  protected confirmDelivery(message: Message): void {
    if (!isOwn(message)) return;
    if (message.clientMessageId) confirm(message.clientMessageId);
    if (message.sentAt) heldPublished(message.id);
  }

  protected expire(firstSeq: number): void {
    this.timeline.expire(firstSeq);
    this.reading.expire(firstSeq);
  }

  #loaded(messages: readonly Message[], firstSeq: number, show: (messages: readonly Message[]) => void): void {
    this.learn(senders(messages));
    batch(() => {
      this.expire(firstSeq);
      show(messages.map(this.names.ofMessage));
    });
  }

  protected update(fields: Partial<Room>): void {
    const info = this.info.peek();
    if (!info) return; // the buffered change is applied after the answer to joining
    this.info.value = { ...info, ...fields };
    patchRoom(this.id, fields);
  }

  protected memberUpdated(member: Member, totalMembers: number): void {
    const before = this.info.peek();
    if (!before) return;
    this.learn([member]);
    batch(() => {
      this.update({ totalMembers });
      this.memberList.updated(member);
      if (member.id !== user.peek()?.id) return;
      this.update({ role: member.role });
      this.mutedUntil.value = member.mutedUntil;
    });
    if (before.role !== this.info.peek()?.role) void this.loadMembers(); // mutes are for moderators and the owner
  }

  /** Learn names of an answer or event, then apply it. */
  protected learn(users: readonly UserSummary[], apply: () => void = () => {}): void {
    batch(() => {
      if (this.names.learn(users)) this.renamed();
      apply();
    });
  }

  protected renamed(userId?: string, looks?: readonly string[]): void {
    const { messages } = this.timeline;
    this.announcedMessage.value = this.toast.value = null; // they have the former name
    messages.value = messages.peek().map(this.names.ofMessage);
    this.presence.people.value = this.presence.people.peek().map((one) => this.names.current(one));
    this.memberList.renamed(userId, looks);
  }

  protected publishUnread(): void {
    setUnread(this.id, { lastSeq: this.timeline.last.peek(), read: this.lastRead.peek() });
  }

  /** The state to show again later; null if the room is not open to the user. */
  protected snapshot(): RoomSnapshot | null {
    if (this.epoch === null || !["open", "loading"].includes(this.state.peek())) return null;
    return {
      at: this.asOf.peek() ?? Date.now(),
      epoch: this.epoch,
      info: this.info.peek(),
      members: this.members.peek(),
      lastRead: this.lastRead.peek(),
      unreadAfter: this.unreadAfter.peek(),
      mutedUntil: this.mutedUntil.peek(),
      visibleFrom: this.visibleFrom.peek(),
      messages: this.timeline.messages.peek(),
      last: this.timeline.last.peek(),
      first: this.timeline.first.peek(),
    };
  }

  /** Show an earlier state. */
  protected show(known: RoomSnapshot): void {
    batch(() => {
      this.info.value = known.info;
      this.members.value = known.members;
      this.lastRead.value = known.lastRead;
      this.unreadAfter.value = known.unreadAfter;
      this.mutedUntil.value = known.mutedUntil;
      this.visibleFrom.value = known.visibleFrom;
      this.timeline.replace(known.messages, known.last, known.first);
      this.asOf.value = known.at;
      this.epoch = known.epoch;
    });
  }
}
