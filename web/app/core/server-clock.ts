/**
 * The server's clock: that of the browser, corrected by answers that have the server's time. The answer with the smallest round
 * trip counts, as in SNTP (RFC 4330): its error is half the round trip at most.
 */

/** Round trip in ms from which on the correction is precise enough for whole seconds. */
const PRECISE = 150;
/** Milliseconds after which a correction is measured again: clocks of browsers drift by up to 50 ms in that time. */
const MAX_AGE = 10 * 60_000;
/** Milliseconds by which the clocks of the browser may part until one of them was set, or the computer slept. */
const MAX_STEP = 500;

/** Clocks of the browser in milliseconds: the time of day, and one that is never set. */
export interface BrowserClocks {
  wall(): number;
  steady(): number;
}

interface Correction {
  /** Milliseconds by which the server is ahead. */
  readonly offset: number;
  readonly roundTrip: number;
  /** Clocks of the browser when it was measured. */
  readonly wall: number;
  readonly steady: number;
}

const BROWSER: BrowserClocks = { wall: () => Date.now(), steady: () => performance.now() };

export class ServerClock {
  readonly #clocks: BrowserClocks;
  #best: Correction | null = null;

  constructor(clocks: BrowserClocks = BROWSER) {
    this.#clocks = clocks;
  }

  /** The server's time in milliseconds since 1970. */
  now(): number {
    return this.#clocks.wall() + (this.#best?.offset ?? 0);
  }

  /** Begin a request; the returned function takes the server's time of its answer, in ISO 8601. */
  measure(): (serverTime: string) => void {
    const sent = this.#clocks.steady();
    return (serverTime) => this.#learn(Date.parse(serverTime), this.#clocks.steady() - sent);
  }

  /** An event arrived that has the server's time, in ISO 8601. It is the past by the time that the event took. */
  heard(serverTime: string): void {
    const at = Date.parse(serverTime);
    if (!Number.isFinite(at)) return;
    if (!this.#best || this.#isOutdated()) this.#set(at, Number.POSITIVE_INFINITY);
    else if (this.now() < at) this.#set(at, this.#best.roundTrip);
  }

  /** True if no recent answer was quick enough for a precise correction. */
  get isImprecise(): boolean {
    return !this.#best || this.#best.roundTrip > PRECISE || this.#isOutdated();
  }

  #learn(at: number, roundTrip: number): void {
    if (!Number.isFinite(at)) return;
    if (!this.#best || this.#isOutdated() || roundTrip <= this.#best.roundTrip) this.#set(at + roundTrip / 2, roundTrip);
  }

  #set(at: number, roundTrip: number): void {
    const wall = this.#clocks.wall();
    this.#best = { offset: at - wall, roundTrip, wall, steady: this.#clocks.steady() };
  }

  #isOutdated(): boolean {
    if (!this.#best) return false;
    const age = this.#clocks.wall() - this.#best.wall;
    const steadyAge = this.#clocks.steady() - this.#best.steady;
    return age > MAX_AGE || Math.abs(age - steadyAge) > MAX_STEP;
  }
}

/** The clock of the server that this page is from. */
export const serverClock = new ServerClock();
