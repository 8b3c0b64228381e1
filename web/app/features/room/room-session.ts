/** Session of a room on the page: joined while it is open, and caught up after each absence. */

import { batch } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { connection, isRetryable, sendEvent } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { setAwayAfter } from "../../core/input-reports";
import type { Change } from "../../core/pending-changes";
import type { HeldMessage, JoinAck } from "../../core/types";
import { cancelHeld, replaceHeld } from "../messages/held";
import { refusalText } from "../messages/outbox";
import type { OutboxEntry, SendError } from "../messages/outbox-queue";
import { removeRoom } from "../rooms/my-rooms";
import { snapshotOf, storeSnapshot } from "./recent-rooms";
import { type RoomHandlers, subscribe } from "./room-events";
import { RoomModel } from "./room-model";
import type { RoomState } from "./room-state";

const RETRY_DELAY = 2_000;
/** Milliseconds without an answer until the last known state is shown. */
const SLOW_ANSWER = 1_500;
/** States of a room that is not joined again. */
const ENDED: readonly RoomState[] = ["deleted", "left", "removed", "banned"];

export class RoomSession extends RoomModel {
  /** Sessions that are not closed, by the id of the room: a connection is in a room once. */
  static readonly live = new Map<string, RoomSession>();

  /** Set by the composer: puts a rejected text back into it, with the reason. */
  restoreDraft: ((text: string, reason?: string) => void) | null = null;
  /** True if the user was a member when the page was here last. */
  wasMember = false;
  readonly #stops: Change[] = [];
  readonly #snapshotTimer: ReturnType<typeof setTimeout>;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isJoining = false;
  /** Events that wait for the answer to joining; null while the room is joined. */
  #buffered: Change[] | null = null;

  constructor(id: string) {
    super(id);
    RoomSession.live.set(id, this);
    this.#stops.push(subscribe(id, this.#handlers()));
    if (connection.peek() === "online") void this.join();
    else this.#showSnapshot();
    this.#snapshotTimer = setTimeout(() => this.#showSnapshot(), SLOW_ANSWER);
  }

  /** Call `stop` when the session is closed. */
  onClose(stop: Change): void {
    this.#stops.push(stop);
  }

  close(): void {
    this.isClosed = true;
    storeSnapshot(this.id, this.snapshot());
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#snapshotTimer);
    this.memberList.close();
    for (const stop of this.#stops) stop();
    RoomSession.live.delete(this.id);
    this.reading.close();
    if (this.state.peek() === "open") this.#leave();
  }

  /** Become a member, then join. */
  async enter(): Promise<void> {
    await api.join(this.id);
    await this.tryAgain();
  }

  tryAgain(): Promise<void> {
    this.state.value = "loading";
    return this.join();
  }

  protected async join(): Promise<void> {
    if (this.#isJoining || ENDED.includes(this.state.peek())) return;
    this.#isJoining = true;
    this.#buffered = [];
    this.names.markOutdated();
    try {
      const since = this.epoch ? this.timeline.last.peek() : 0;
      const ack = await sendEvent("join-room", { roomId: this.id, since, epoch: this.epoch });
      this.myStatus.chosen.value = ack.chosenStatus;
      setAwayAfter(ack.awayAfter);
      if (!this.isClosed) await this.#joined(ack);
      else if (!RoomSession.live.has(this.id)) this.#leave();
    } catch (error) {
      if (!this.isClosed) await this.#joinFailed(toApiError(error));
    } finally {
      this.#isJoining = false;
    }
  }

  cancelHeld = async (held: HeldMessage): Promise<void> => {
    const text = await cancelHeld(held);
    if (text !== null) this.restoreDraft?.(text);
  };

  #leave(): void {
    sendEvent("leave-room", { roomId: this.id }).catch(() => {});
  }

  async #joined(ack: JoinAck): Promise<void> {
    const isFirst = this.epoch === null;
    const page = isFirst ? await this.firstPage(ack) : ack.missed;
    batch(() => {
      this.caughtUp(ack, page, isFirst || !ack.recovered);
      const changes = this.#buffered ?? [];
      this.#buffered = this.asOf.value = null;
      for (const change of changes) change();
      this.state.value = "open";
    });
    this.publishUnread();
    this.markRead();
    void this.loadMembers();
  }

  async #joinFailed(error: ApiError): Promise<void> {
    const isNoMember = error.code === "not_a_member" || error.code === "room_not_found";
    if (isNoMember) this.wasMember ||= this.epoch !== null;
    if (error.code === "not_a_member") {
      await this.loadInfo();
      if (this.wasMember) this.#end("outside");
      else this.state.value = this.info.peek() ? "outside" : "missing";
    } else if (isNoMember && this.wasMember) {
      // a private room is hidden from former members as if it did not exist
      this.#end(this.info.peek()?.visibility === "public" ? "deleted" : "gone");
    } else if (isNoMember || error.code === "invalid_input") {
      this.state.value = "missing";
    } else if (isRetryable(error)) {
      if (error.code !== "disconnected") this.#retryTimer = setTimeout(() => void this.join(), RETRY_DELAY);
    } else if (error.code !== "not_signed_in") {
      this.problem.value = error;
      this.state.value = "failed";
    }
  }

  #handlers(): RoomHandlers {
    return {
      connected: () => void this.join(),
      disconnected: () => {
        this.#buffered = [];
        this.asOf.value ??= Date.now();
      },
      message: (message) => this.#applyInOrder(() => this.received(message)),
      users: (users, version) =>
        this.learn(users, () =>
          this.presence.reset(
            users.map((one) => this.names.current(one)),
            version,
          ),
        ),
      userJoined: (event) => this.learn([event], () => this.presence.joined(this.names.current(event))),
      userLeft: (event) => this.presence.left(event),
      userUpdated: (changed, looks) => {
        if (this.names.publish(changed)) batch(() => this.renamed(changed.id, looks));
      },
      statusUpdated: (event) => {
        this.presence.changed(event);
        this.#applyTwice(() => this.myStatus.updated(event));
      },
      messagesExpired: ({ firstSeq }) =>
        this.#applyInOrder(() => {
          batch(() => this.expire(firstSeq));
          this.publishUnread();
        }),
      roomUpdated: ({ room }) => this.#applyTwice(() => this.update(room)),
      memberUpdated: ({ member, totalMembers }) => this.#applyTwice(() => this.memberUpdated(member, totalMembers)),
      memberLeft: ({ userId, totalMembers }) =>
        this.#applyTwice(() =>
          batch(() => {
            this.update({ totalMembers });
            this.memberList.left(userId);
          }),
        ),
      roomDeleted: () => this.#end("deleted"),
      readUpdated: ({ lastRead }) => this.reading.readElsewhere(lastRead),
      removed: ({ reason }) => this.#end(ENDED.includes(reason) ? reason : "left"),
      timerUpdated: ({ timer }) => this.#applyTwice(() => this.timer.adopt(timer)),
      refused: (entry, error) => this.#refused(entry, error),
    };
  }

  /** Apply a change, and again to the answer to joining that is on its way. */
  #applyTwice(change: Change): void {
    this.#buffered?.push(change);
    change();
  }

  /** Apply a change, or after the answer to joining that is on its way. */
  #applyInOrder(change: Change): void {
    if (this.#buffered) this.#buffered.push(change);
    else change();
  }

  // A text that would be rejected again as it is goes back to the composer.
  #refused({ content }: OutboxEntry, error: SendError): boolean {
    if (!this.restoreDraft || (error.code !== "invalid_input" && error.code !== "muted")) return false;
    if (error.code === "invalid_input") {
      this.restoreDraft(content, refusalText(error));
    } else {
      this.mutedUntil.value = new Date(Date.now() + (error.retryAfter ?? 0) * 1000).toISOString();
      this.restoreDraft(content);
    }
    return true;
  }

  #end(state: RoomState): void {
    replaceHeld(this.id, []);
    this.state.value = state;
    removeRoom(this.id);
  }

  /** Show the last known state, unless there is a newer one. */
  #showSnapshot(): void {
    const known = snapshotOf(this.id);
    if (known && this.epoch === null && this.state.peek() === "loading") this.show(known);
  }
}
