// @ts-nocheck
/** One room that is open on the page: joined while it is, caught up after each absence, read as far as it was seen. */

import { batch, computed, signal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { ask, connection, isRetryable, on } from "../../core/connection";
import { Names } from "../../core/names";
import { user } from "../../core/session";
import { paced } from "../../core/throttle";
import { confirm, onRefused, onSent, outbox, refusalText } from "../messages/outbox";
import { Timeline } from "../messages/timeline";
import { dropRoom, note, setUnread } from "../rooms/my-rooms";
import { MyStatus } from "./my-status";
import { Presence } from "./presence";
import { recall, remember } from "./recent-rooms";

const PAGE = 100;
const TRY_AGAIN = 2_000;
const BEFORE_UNREAD = 20;
const SOON = 300;
const SELDOM = 10_000;
const MOST_LISTED = 1_000;
const RANKS = ["owner", "moderator", "member"];
const SLOW = 1_500;
const LONGEST_TIMER = 2 ** 31 - 1;
/** Why one is no member any more. */
const ENDS = ["left", "removed", "banned"];

const inOrder = (one, other) =>
  RANKS.indexOf(one.role) - RANKS.indexOf(other.role) || (one.joinedAt + one.id < other.joinedAt + other.id ? -1 : 1);

const senders = (messages) => messages.map(({ sender }) => sender).filter(Boolean);

export class RoomSession {
  /** The rooms that are not closed, by id: one connection is in a room once. */
  static live = new Map();

  constructor(id) {
    this.id = id;
    RoomSession.live.set(id, this);
    /** "loading", "open", "outside" (no member), "missing", "deleted", "gone" (one of these two), "left", "removed", "banned" or "failed". */
    this.state = signal("loading");
    this.problem = signal(null);
    /** True if I was a member when the page was here last. */
    this.wasIn = false;
    this.info = signal(null);
    /** Who belongs to the room, the owner first. */
    this.members = signal([]);
    this.memberOf = computed(() => new Map(this.members.value.map((member) => [member.id, member])));
    this.timeline = new Timeline();
    this.names = new Names();
    this.lastRead = signal(0);
    /** The line at the first unread message stands behind this number; null where there is none. */
    this.unreadAfter = signal(null);
    this.unread = computed(() => Math.max(0, this.timeline.last.value - this.lastRead.value));
    this.pending = computed(() => outbox.value.filter((entry) => entry.roomId === id));
    /** Until when I may not write here, or null; a moment that is over counts no more. */
    this.mutedUntil = signal(null);
    /** The first message that I may read; earlier ones are for those who were members before. */
    this.visibleFrom = signal(1);
    this.myStatus = new MyStatus(id);
    /** The composer's: takes back a text that was refused. */
    this.restoreDraft = null;
    /** What came last, to be said softly: `{text, at}`. */
    this.whisper = signal(null);
    this.loadingOlder = signal(false);
    this.loadingNewer = signal(false);
    /** Whether the end of the conversation is on the screen; the view says so. */
    this.isWatched = false;
    this.presence = new Presence(
      () => this.#join(),
      (text) => (this.whisper.value = { text, at: Date.now() }),
    );
    this.announcedMessage = signal(null);
    /** Since when what is shown may not be current, in ms since 1970; null if it is. */
    this.asOf = signal(null);
    this.epoch = null;
    this.buffered = null;
    this.lookAtMembers = paced(() => this.loadMembers(), SELDOM * (1 + Math.random()), SELDOM);
    this.isClosed = false;
    this.marking = 0;
    const mine = (heard) => (event) => event.roomId === id && heard(event);
    this.stops = [
      on("connect", () => this.#join()),
      on("disconnect", () => {
        this.buffered = [];
        this.asOf.value ??= Date.now();
      }),
      on(
        "message",
        mine((message) => this.#hear(message)),
      ),
      on("room-users", (people, { roomId, version }) => {
        if (roomId === id)
          this.#learn(people, () =>
            this.presence.reset(
              people.map((one) => this.names.today(one)),
              version,
            ),
          );
      }),
      on(
        "user-joined",
        mine((event) => this.#learn([event], () => this.presence.joined(this.names.today(event)))),
      ),
      on("user-updated", (event) => this.names.publish(event.user) && batch(() => this.#rename(event))),
      on(
        "user-left",
        mine((event) => this.presence.left(event)),
      ),
      on(
        "status-updated",
        mine((event) => this.presence.changed(event)),
      ),
      on(
        "status-updated",
        mine((event) => this.#late(() => this.myStatus.updated(event))),
      ),
      on(
        "messages-expired",
        mine(({ firstSeq }) => this.#expired(firstSeq)),
      ),
      on(
        "room-updated",
        mine(({ room }) => this.#late(() => this.#updated(room))),
      ),
      on(
        "member-updated",
        mine(({ member, totalMembers }) => this.#late(() => this.#memberUpdated(member, totalMembers))),
      ),
      on(
        "member-left",
        mine(({ userId, totalMembers }) => this.#late(() => this.#memberLeft(userId, totalMembers))),
      ),
      on(
        "room-deleted",
        mine(() => this.#end("deleted")),
      ),
      on(
        "read-updated",
        mine(({ lastRead }) => this.#readElsewhere(lastRead)),
      ),
      on(
        "removed-from-room",
        mine(({ reason }) => this.#end(ENDS.includes(reason) ? reason : "left")),
      ),
      this.myStatus.stop,
      onSent(mine((message) => this.#hear(message))),
      onRefused((entry, problem) => entry.roomId === id && this.#refused(entry, problem)),
    ];
    const isOnline = connection.peek() === "online";
    if (isOnline) this.#join();
    else recall(this);
    this.recallTimer = setTimeout(() => recall(this), SLOW);
  }

  close() {
    this.isClosed = true;
    remember(this);
    clearTimeout(this.timer);
    clearTimeout(this.recallTimer);
    this.lookAtMembers.stop();
    clearTimeout(this.muteTimer);
    for (const stop of this.stops) stop();
    RoomSession.live.delete(this.id);
    if (this.marking) this.#mark();
    if (this.state.peek() === "open") ask("leave-room", { roomId: this.id }).catch(() => {});
  }

  /** No view shows the room now: what is read is read, and what comes from now on begins at a line. */
  unwatch() {
    batch(() => {
      this.isWatched = false;
      this.unreadAfter.value = this.unread.peek() ? this.lastRead.peek() : null;
      this.whisper.value = this.announcedMessage.value = null;
    });
  }

  /** Become a member, then come in. */
  async enter() {
    await api.join(this.id);
    this.state.value = "loading";
    await this.#join();
  }

  tryAgain() {
    this.state.value = "loading";
    return this.#join();
  }

  async #join() {
    if (this.joining || ["deleted", ...ENDS].includes(this.state.peek())) return;
    this.joining = true;
    this.buffered = [];
    this.names.doubt();
    try {
      const since = this.epoch ? this.timeline.last.peek() : 0;
      const ack = await ask("join-room", { roomId: this.id, since, epoch: this.epoch });
      this.myStatus.entered(ack);
      if (!this.isClosed) await this.#caughtUp(ack);
      else if (!RoomSession.live.has(this.id)) ask("leave-room", { roomId: this.id }).catch(() => {});
    } catch (problem) {
      if (!this.isClosed) await this.#notJoined(problem);
    } finally {
      this.joining = false;
    }
  }

  async #caughtUp({ room, epoch, recovered, missed, firstSeq, lastSeq, lastRead: marked, mutedUntil, visibleFrom }) {
    const isFirst = this.epoch === null;
    const lastRead = Math.max(marked, firstSeq - 1); // what is deleted is not unread
    let page = missed;
    if (isFirst && page.length && lastRead < lastSeq && lastRead + 1 < page[0].seq) {
      // more is unread than the latest page shows: begin where the reader stopped
      const after = Math.max(0, lastRead - BEFORE_UNREAD);
      page = (await api.messages(this.id, { after, limit: PAGE }).catch(() => ({ messages: missed }))).messages;
    }
    this.#learn(senders(page));
    page = page.map(this.names.ofMessage);
    missed = missed.map(this.names.ofMessage);
    batch(() => {
      this.info.value = room;
      this.mutedUntil.value = mutedUntil;
      this.visibleFrom.value = visibleFrom;
      this.epoch = epoch;
      for (const message of missed) this.#delivered(message);
      if (isFirst || !recovered) {
        this.timeline.replace(page, lastSeq, firstSeq);
        this.lastRead.value = lastRead;
        this.unreadAfter.value = lastRead < lastSeq ? lastRead : null;
      } else {
        this.#expire(firstSeq);
        if (lastRead < this.lastRead.peek())
          this.#mark(); // what was read meanwhile did not reach the server
        else this.lastRead.value = lastRead;
        if (missed.length) this.#notice(missed[0]);
        this.timeline.add(missed);
      }
      const buffered = this.buffered ?? [];
      this.buffered = this.asOf.value = null;
      for (const hear of buffered) hear();
      this.state.value = "open";
    });
    this.#tell();
    this.markRead();
    this.loadMembers();
  }

  /** Ask who belongs to the room, once more where something was said to have changed since the asking. */
  async loadMembers() {
    this.membersChanged = true;
    if (this.loadingMembers) return this.loadingMembers;
    this.loadingMembers = (async () => {
      while (this.membersChanged && this.state.peek() === "open" && !this.isClosed) {
        this.membersChanged = false;
        const heard = (this.meanwhile = []); // the answer may be from before or after
        const found = await api.details(this.id).catch(() => null);
        this.meanwhile = null;
        if (found) this.#learn(found.members, () => this.#setMembers(found.members));
        for (const hear of heard) hear();
      }
      this.loadingMembers = null;
    })();
    return this.loadingMembers;
  }

  // Events say how the list changes. It is asked for where one was missed.
  #confirmMembers() {
    const { length } = this.members.peek();
    const { totalMembers } = this.info.peek() ?? {};
    if (length < Math.min(totalMembers, MOST_LISTED) || length > totalMembers) this.lookAtMembers();
  }

  async #notJoined(problem) {
    const isEnded = ["not_a_member", "room_not_found"].includes(problem.code);
    if (isEnded) this.wasIn ||= this.epoch !== null;
    if (problem.code === "not_a_member") {
      this.info.value = await api.basicInfo(this.id).catch(() => this.info.peek());
      if (this.wasIn) this.#end("outside");
      else this.state.value = this.info.peek() ? "outside" : "missing";
    } else if (isEnded && this.wasIn) {
      // a private room that one was removed from is as one that does not exist
      this.#end(this.info.peek()?.visibility === "public" ? "deleted" : "gone");
    } else if (isEnded || problem.code === "invalid_input") {
      this.state.value = "missing";
    } else if (isRetryable(problem)) {
      if (problem.code !== "disconnected") this.timer = setTimeout(() => this.#join(), TRY_AGAIN);
    } else if (problem.code !== "not_signed_in") {
      this.problem.value = problem;
      this.state.value = "failed";
    }
  }

  /** Apply what an event says, and once more to the answer to joining that is on its way. */
  #late(change) {
    this.buffered?.push(change);
    change();
  }

  #hear(message) {
    if (this.buffered) return void this.buffered.push(() => this.#hear(message));
    if (message.seq <= this.timeline.last.peek() && this.timeline.isAtEnd) return this.#delivered(message);
    this.#learn(senders([message]));
    message = this.names.ofMessage(message);
    batch(() => {
      this.#delivered(message);
      this.#notice(message);
      this.timeline.add([message]);
      if (message.sender?.id === user.peek()?.id) this.lastRead.value = Math.max(this.lastRead.peek(), message.seq);
      else this.announcedMessage.value = message;
    });
    this.#tell();
    this.markRead();
  }

  #expired(firstSeq) {
    if (this.buffered) return void this.buffered.push(() => this.#expired(firstSeq));
    batch(() => this.#expire(firstSeq));
    this.#tell();
  }

  // What is deleted is not shown, and not unread.
  #expire(firstSeq) {
    this.timeline.expire(firstSeq);
    this.lastRead.value = Math.max(this.lastRead.peek(), firstSeq - 1);
    const line = this.unreadAfter.peek();
    if (line !== null) this.unreadAfter.value = this.unread.peek() ? Math.max(line, firstSeq - 1) : line;
  }

  #delivered({ clientMessageId, sender }) {
    if (clientMessageId && sender?.id === user.peek()?.id) confirm(clientMessageId);
  }

  // A line is drawn where reading stopped when something comes that is not seen at once.
  #notice(message) {
    const isSeen = this.isWatched && document.visibilityState === "visible";
    const isOwn = message.sender?.id === user.peek()?.id;
    if (isOwn) this.unreadAfter.value = null;
    else if (!isSeen && (this.unreadAfter.peek() === null || this.unread.peek() === 0))
      this.unreadAfter.value = message.seq - 1;
  }

  // What would be refused again as it stands goes back to where it was written.
  #refused({ content }, problem) {
    const { code, retryAfter } = problem;
    if (code === "invalid_input" && this.restoreDraft) {
      this.restoreDraft(content, refusalText(problem));
      return true;
    }
    if (code !== "muted" || !this.restoreDraft) return false;
    this.mutedUntil.value = new Date(Date.now() + retryAfter * 1000).toISOString();
    this.restoreDraft(content);
    return true;
  }

  #updated(room) {
    if (!this.info.peek()) return; // the ack that is on its way is followed by what came before it
    this.info.value = { ...this.info.peek(), ...room };
    note(this.id, room);
  }

  /** Take over names that came with an answer; `then` is what was answered. */
  #learn(people, then = () => {}) {
    batch(() => {
      if (this.names.learn(people)) this.#rename();
      then();
    });
  }

  #rename({ user: renamed, looks } = {}) {
    const { messages } = this.timeline;
    this.announcedMessage.value = this.whisper.value = null; // said under the former name
    messages.value = messages.peek().map(this.names.ofMessage);
    this.presence.people.value = this.presence.people.peek().map((one) => this.names.today(one));
    this.#setMembers(this.members.peek().map((member) => (member.id === renamed?.id ? { ...member, looks } : member)));
    if (looks) this.meanwhile?.push(() => this.#rename({ user: renamed, looks }));
    else this.lookAtMembers(); // for whose names look alike
  }

  #memberUpdated(member, totalMembers) {
    this.meanwhile?.push(() => this.#memberUpdated(member, totalMembers));
    if (!this.info.peek()) return;
    this.#learn([member]);
    const others = this.members.peek().filter(({ id }) => id !== member.id);
    const { role } = this.info.peek();
    batch(() => {
      this.#setMembers([...others, member].sort(inOrder));
      this.#updated({ totalMembers });
      if (member.id === user.peek()?.id) {
        this.#updated({ role: member.role });
        this.mutedUntil.value = member.mutedUntil;
      }
    });
    if (role !== this.info.peek().role) this.loadMembers(); // mutes are for moderators and the owner
    this.#confirmMembers();
  }

  #memberLeft(userId, totalMembers) {
    this.meanwhile?.push(() => this.#memberLeft(userId, totalMembers));
    batch(() => {
      this.#setMembers(this.members.peek().filter(({ id }) => id !== userId));
      this.#updated({ totalMembers });
    });
    this.#confirmMembers();
  }

  // Nobody says when a mute is over.
  #setMembers(members) {
    clearTimeout(this.muteTimer);
    const alike = new Map();
    for (const look of members.flatMap(({ looks }) => looks)) alike.set(look, alike.has(look));
    members = members.map((member) => ({
      ...this.names.today(member),
      lookalike: member.looks.some((look) => alike.get(look)),
    }));
    this.members.value = members;
    const ends = members.map(({ mutedUntil }) => mutedUntil && new Date(mutedUntil) - Date.now()).filter((left) => left > 0);
    if (!ends.length) return;
    const next = Math.min(...ends, LONGEST_TIMER);
    this.muteTimer = setTimeout(() => this.#setMembers([...this.members.peek()]), next + SOON);
  }

  #end(state) {
    this.myStatus.left();
    this.state.value = state;
    dropRoom(this.id);
  }

  #tell() {
    setUnread(this.id, { lastSeq: this.timeline.last.peek(), read: this.lastRead.peek() });
  }

  #readElsewhere(lastRead) {
    if (lastRead <= this.lastRead.peek()) return;
    this.lastRead.value = lastRead;
    this.#tell();
  }

  /** Read as far as the end, if that is on the screen. */
  markRead() {
    const seq = this.timeline.last.peek();
    const isSeen = this.isWatched && this.timeline.isAtEnd && document.visibilityState === "visible";
    if (!isSeen || seq <= this.lastRead.peek() || this.state.peek() !== "open") return;
    this.lastRead.value = seq;
    this.#tell();
    clearTimeout(this.marking);
    this.marking = setTimeout(() => this.#mark(), 300);
  }

  #mark() {
    clearTimeout(this.marking);
    this.marking = 0;
    ask("mark-read", { roomId: this.id, seq: this.lastRead.peek() }).catch(() => {});
  }

  loadOlder() {
    return this.#load(this.loadingOlder, { before: this.timeline.low });
  }

  loadNewer() {
    return this.#load(this.loadingNewer, { after: this.timeline.high });
  }

  async #load(busy, where) {
    if (busy.peek()) return;
    busy.value = true;
    try {
      const { messages, pagination } = await api.messages(this.id, { ...where, limit: PAGE });
      this.#learn(senders(messages));
      batch(() => {
        this.#expire(pagination.firstSeq);
        this.timeline.add(messages.map(this.names.ofMessage));
        busy.value = false;
      });
    } catch {
      await new Promise((done) => setTimeout(done, TRY_AGAIN));
    } finally {
      busy.value = false;
    }
  }

  /** Go to the end, over whatever was not loaded. */
  async toNewest() {
    if (this.timeline.isAtEnd) return;
    const { messages, pagination } = await api.messages(this.id, { limit: PAGE });
    this.#learn(senders(messages));
    batch(() => {
      this.timeline.replace(messages.map(this.names.ofMessage), this.timeline.last.peek(), this.timeline.first.peek());
      this.#expire(pagination.firstSeq);
    });
  }
}
