import { SLOTS } from "../wire/camera.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import type { ExpectedSlots } from "./expected_slots.ts";
import type { OpenEvent } from "./open_event.ts";
import { OpenEvents } from "./open_events.ts";

// What is kept for each slot is in typed arrays that every slot, 0..31, is in range of. Each readout has
// some of them read: hence `as number` below, and no check.

const NS_PER_MS = 1e6;

/** How a {@linkcode Timeline} goes. */
export interface TimelineOptions {
  /** How far in TACK a readout may lie from an event's first one, ns. */
  windowNs: number;
  /** How long an event waits for its readouts. */
  deadlineMs: number;
  /** After so long without a readout, a slot has no say in where the camera is. */
  silentAfterMs: number;
}

/**
 * One count of TACK, from a reset to the next: its open events, and where the camera is in it.
 *
 * The camera is at the latest TACK time that more than half of the slots heard lately have reached,
 * so that no single slot moves it. An event that the camera has not reached is one that a few slots
 * are ahead in: its deadline counts from when the camera comes to it. When the camera neither moves
 * nor grows for a deadline, or twice its usual pause between packets, it stands still, and that event
 * is due, so that none waits forever. When more than twice as many slots
 * are heard, it counts anew, for the first to speak were not the camera.
 */
export class Timeline {
  readonly open: OpenEvents = new OpenEvents();
  /** Which slots its events wait for. */
  readonly expected: ExpectedSlots;
  /** Whether it began with a TACK reset. */
  readonly isRestart: boolean;
  /** Monotonic time at which a readout of it last came. */
  heardMs = -Infinity;
  /** Whether its first event is still to come. */
  isUntold = true;
  /** How often the camera has moved. */
  moves = 0;
  /** No deadline passes before this. */
  nextDeadlineMs = Infinity;
  readonly #windowNs: number;
  readonly #deadlineMs: number;
  readonly #silentAfterMs: number;
  readonly #options: TimelineOptions;

  readonly #newestHigh = new Uint32Array(SLOTS);
  readonly #newestLow = new Uint32Array(SLOTS);
  readonly #slotHeardMs = new Float64Array(SLOTS).fill(-Infinity);
  readonly #slotFirstMs = new Float64Array(SLOTS).fill(Infinity);
  /** The slot that is foremost. */
  #foremost = -1;

  /** Monotonic time at which the camera last moved. */
  #movedMs = -Infinity;
  /** Its longest pause of late, ms, and that of the time before. */
  #pauseMs = 0;
  #pauseBeforeMs = 0;
  #pauseSinceMs = -Infinity;
  #isPlaced = false;
  #high = 0;
  #low = 0;
  #heard = 0;
  /** Slots heard when the deadlines of events that it has reached began to count. */
  #voters = 0;
  /** Whether a readout came since the camera's place was worked out. */
  #isStale = false;

  #hasEmitted = false;
  #emittedHigh = 0;
  #emittedLow = 0;

  /**
   * @param expected which slots its events wait for
   * @param isRestart whether it began with a TACK reset
   */
  constructor(options: TimelineOptions, expected: ExpectedSlots, isRestart: boolean) {
    this.#options = options;
    this.expected = expected;
    this.isRestart = isRestart;
    this.#windowNs = options.windowNs;
    this.#deadlineMs = options.deadlineMs;
    this.#silentAfterMs = options.silentAfterMs;
  }

  /** The one that begins when TACK is reset; it expects the same slots. */
  restarted(): Timeline {
    return new Timeline(this.#options, this.expected.restarted(), true);
  }

  /** The open event a TACK time belongs to: in the window, and nearer than the last one emitted. */
  nearestOpen(high: number, low: number): OpenEvent | undefined {
    const event = this.open.nearest(high, low, this.#windowNs / 2);
    if (event === undefined) return undefined;
    const distanceNs = Math.abs(tackDifferenceNs(high, low, event.high, event.low));
    if (distanceNs > this.#windowNs) return undefined;
    return distanceNs <= this.#sinceEmittedNs(high, low) ? event : undefined;
  }

  /** Notes a readout of this timeline, placed or not: where a slot is, it is also when it is late. */
  heard(slot: number, high: number, low: number, nowMs: number): void {
    this.#isStale = true;
    if (nowMs > this.heardMs) this.heardMs = nowMs;
    const slotHeardMs = this.#slotHeardMs[slot] as number;
    if (nowMs > slotHeardMs) this.#slotHeardMs[slot] = nowMs;
    if (slotHeardMs === -Infinity) this.#slotFirstMs[slot] = nowMs;
    else if (!this.#isAfterSlot(slot, high, low)) return;
    this.#newestHigh[slot] = high;
    this.#newestLow[slot] = low;
    const foremost = this.#foremost;
    if (foremost < 0 || this.#isAfterSlot(foremost, high, low)) this.#foremost = slot;
  }

  /** Notes the event emitted last, by the TACK time of its first readout. */
  emitted(high: number, low: number): void {
    this.isUntold = false;
    this.#hasEmitted = true;
    this.#emittedHigh = high;
    this.#emittedLow = low;
  }

  /**
   * Whether a TACK time is more than `farNs` off everything: the slot's own readouts, the foremost
   * slot's, and the camera. Ahead of these two, time that has passed without a readout counts too,
   * for a camera that paused is not a reset.
   */
  isFar(slot: number, high: number, low: number, farNs: number, nowMs: number): boolean {
    if (this.#foremost < 0) return false;
    if (
      this.#slotHeardMs[slot] !== -Infinity &&
      Math.abs(this.#aheadOfSlotNs(slot, high, low)) <= farNs
    ) return false;
    const aheadNs = this.#aheadOfSlotNs(this.#foremost, high, low);
    if (aheadNs >= -farNs && aheadNs <= farNs + (nowMs - this.heardMs) * NS_PER_MS) return false;
    this.follow(nowMs);
    const aheadOfCameraNs = this.aheadNs(high, low);
    return aheadOfCameraNs < -farNs ||
      aheadOfCameraNs > farNs + (nowMs - this.#movedMs) * NS_PER_MS;
  }

  /** Monotonic time at which a slot's first readout came; Infinity before. */
  firstMs(slot: number): number {
    return this.#slotFirstMs[slot] as number;
  }

  /** Whether the camera has come to a TACK time that is not past, no more than `farNs` back. */
  isReached(high: number, low: number, farNs: number): boolean {
    if (!this.#isPlaced || this.isPast(high, low)) return false;
    const aheadNs = this.aheadNs(high, low);
    return aheadNs <= this.#windowNs && aheadNs >= -farNs;
  }

  /** How far a TACK time is from the slot's newest, or else from the camera; ns. */
  distanceNs(slot: number, high: number, low: number): number {
    if (this.#slotHeardMs[slot] !== -Infinity) {
      return Math.abs(this.#aheadOfSlotNs(slot, high, low));
    }
    return this.#isPlaced ? Math.abs(this.aheadNs(high, low)) : Infinity;
  }

  /** How far a TACK time is ahead of the camera, ns; 0 before the camera is heard. */
  aheadNs(high: number, low: number): number {
    return this.#isPlaced ? tackDifferenceNs(high, low, this.#high, this.#low) : 0;
  }

  /** Whether a TACK time belongs to an event already emitted, or to a moment before it. */
  isPast(high: number, low: number): boolean {
    return this.#sinceEmittedNs(high, low) <= this.#windowNs;
  }

  /**
   * Whether an event of this TACK time would be one too many of those that a minority opens ahead of
   * the others: of the slots that sent since the one half of `max` before it was opened, no more than
   * half have reached that.
   *
   * @param max how many may be ahead of the camera
   */
  isCrowdAhead(high: number, low: number, max: number, nowMs: number): boolean {
    this.follow(nowMs);
    const mark = this.open.markAhead(high, low, max);
    if (mark === undefined) return false;
    let active = 0;
    let reached = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.#slotHeardMs[slot] as number) < mark.openedMs) continue;
      active++;
      if (this.#aheadOfSlotNs(slot, mark.high, mark.low) <= 0) reached++;
    }
    return 2 * reached <= active;
  }

  /** Works out where the camera is, and which open events it has reached. */
  follow(nowMs: number): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    if (this.#locate(nowMs - this.#silentAfterMs)) this.#notePause();
    if (!this.#isPlaced) return;
    const deadlineMs = this.heardMs + this.#deadlineMs;
    this.open.reach(this.#high, this.#low, this.#windowNs, deadlineMs);
  }

  /** How many events, counted from the oldest, are due; works out the next deadline. */
  countDue(nowMs: number): number {
    if (nowMs < this.nextDeadlineMs) return 0;
    const usualMs = 2 * Math.max(this.#pauseMs, this.#pauseBeforeMs);
    const stillMs = Math.max(this.#deadlineMs, Math.min(usualMs, this.#silentAfterMs));
    const due = this.open.countDue(nowMs, this.#movedMs + stillMs);
    this.nextDeadlineMs = this.open.earliestDeadlineMs(due, this.#movedMs + stillMs);
    return due;
  }

  /** Notes that the camera has moved, with the last readout. */
  #notePause(): void {
    const nowMs = this.heardMs;
    this.moves++;
    if (nowMs - this.#pauseSinceMs >= this.#silentAfterMs) {
      this.#pauseBeforeMs = this.#pauseMs;
      this.#pauseMs = 0;
      this.#pauseSinceMs = nowMs;
    }
    if (this.#movedMs !== -Infinity) {
      this.#pauseMs = Math.max(this.#pauseMs, nowMs - this.#movedMs);
    }
    this.#movedMs = nowMs;
  }

  /** Finds the camera's place; false when it has neither moved nor grown. */
  #locate(sinceMs: number): boolean {
    let heard = 0;
    let before = 0;
    let at = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.#slotHeardMs[slot] as number) < sinceMs) continue;
      heard++;
      const aheadNs = -this.#aheadOfSlotNs(slot, this.#high, this.#low);
      if (aheadNs < 0) before++;
      else if (aheadNs === 0) at++;
    }
    const after = heard - before - at;
    const hasGrown = heard > this.#heard;
    this.#heard = heard;
    if (heard === 0) return false;
    if (heard > 2 * this.#voters) {
      this.#voters = heard;
      this.open.forgetReached();
    } else if (heard < this.#voters) this.#voters = heard;
    if (this.#isPlaced && 2 * after <= heard && 2 * (after + at) > heard) return hasGrown;
    const slot = this.#slotOfRank(heard >> 1, sinceMs);
    this.#isPlaced = true;
    this.#high = this.#newestHigh[slot] as number;
    this.#low = this.#newestLow[slot] as number;
    return true;
  }

  /** The slot that so many of those heard are ahead of. */
  #slotOfRank(rank: number, sinceMs: number): number {
    let count = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.#slotHeardMs[slot] as number) < sinceMs) continue;
      let at = count++;
      for (; at > 0; at--) {
        const before = sorted[at - 1] as number;
        const high = this.#newestHigh[slot] as number;
        const low = this.#newestLow[slot] as number;
        if (this.#aheadOfSlotNs(before, high, low) <= 0) break;
        sorted[at] = before;
      }
      sorted[at] = slot;
    }
    return sorted[rank] as number;
  }

  /** How far a TACK time is ahead of a slot's newest, ns. */
  #aheadOfSlotNs(slot: number, high: number, low: number): number {
    return tackDifferenceNs(
      high,
      low,
      this.#newestHigh[slot] as number,
      this.#newestLow[slot] as number,
    );
  }

  /** Whether a TACK time is after a slot's newest. */
  #isAfterSlot(slot: number, high: number, low: number): boolean {
    const newestHigh = this.#newestHigh[slot] as number;
    return high > newestHigh || high === newestHigh && low > (this.#newestLow[slot] as number);
  }

  /** How far a TACK time is from the last event emitted, 0 when before it; Infinity without one. */
  #sinceEmittedNs(high: number, low: number): number {
    if (!this.#hasEmitted) return Infinity;
    return Math.max(0, tackDifferenceNs(high, low, this.#emittedHigh, this.#emittedLow));
  }
}

/** Slots from the foremost on, while they are sorted. */
const sorted = new Uint8Array(SLOTS);
