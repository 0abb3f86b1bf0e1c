import { SLOTS } from "../wire/camera.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import type { ExpectedSlots } from "./expected_slots.ts";
import type { OpenEvent } from "./open_event.ts";
import { OpenEvents } from "./open_events.ts";

// All slots, 0..31, have an entry in these typed arrays. Each readout reads some of them, so the
// code uses `as number` and does not check.

const NS_PER_MS = 1e6;

/** Options of a {@linkcode Timeline}. */
export interface TimelineOptions {
  /** Largest TACK distance of a readout from an event's first readout, ns. */
  windowNs: number;
  /** How long an event waits for its readouts. */
  deadlineMs: number;
  /** A slot not heard for this time is absent: it has no vote on where the camera is. */
  absentAfterMs: number;
}

/**
 * TACK from one reset to the next: the open events, and where the camera is.
 *
 * The camera is at the latest TACK time that more than half of the recently heard slots have
 * reached. So no single slot can move it. An event that the camera has not reached contains only a
 * few slots that are ahead. Its deadline counts from the time at which the camera reaches it. When
 * the camera neither moves nor grows for one deadline, or for twice its usual pause between
 * packets, it stands still and that event is due. So no event waits forever. When more than twice
 * as many slots are heard, the deadlines count again, because the first slots were not the whole
 * camera.
 */
export class Timeline {
  readonly open: OpenEvents = new OpenEvents();
  /** Which slots the events wait for. */
  readonly expected: ExpectedSlots;
  /** Whether it started with a TACK reset. */
  readonly isRestart: boolean;
  /** Monotonic time of its last readout. */
  heardMs = -Infinity;
  /** Whether its first event is not emitted yet. */
  isBeforeFirstEvent = true;
  /** How often the camera has moved. */
  moves = 0;
  /** No deadline is before this time. */
  nextDeadlineMs = Infinity;
  readonly #windowNs: number;
  readonly #deadlineMs: number;
  readonly #absentAfterMs: number;
  readonly #options: TimelineOptions;

  readonly #newestHigh = new Uint32Array(SLOTS);
  readonly #newestLow = new Uint32Array(SLOTS);
  readonly #slotHeardMs = new Float64Array(SLOTS).fill(-Infinity);
  readonly #slotFirstMs = new Float64Array(SLOTS).fill(Infinity);
  /** The slot with the latest TACK time. */
  #foremost = -1;

  /** Monotonic time at which the camera last moved. */
  #movedMs = -Infinity;
  /** Longest recent pause of the camera, ms, and the longest one of the period before. */
  #pauseMs = 0;
  #pauseBeforeMs = 0;
  #pauseSinceMs = -Infinity;
  #isPlaced = false;
  #high = 0;
  #low = 0;
  #heard = 0;
  /** Slots heard when the deadlines of the reached events began to count. */
  #voters = 0;
  /** Whether a readout arrived since the camera's place was computed. */
  #isStale = false;

  #hasEmitted = false;
  #emittedHigh = 0;
  #emittedLow = 0;

  /**
   * @param expected which slots the events wait for
   * @param isRestart whether it starts with a TACK reset
   */
  constructor(options: TimelineOptions, expected: ExpectedSlots, isRestart: boolean) {
    this.#options = options;
    this.expected = expected;
    this.isRestart = isRestart;
    this.#windowNs = options.windowNs;
    this.#deadlineMs = options.deadlineMs;
    this.#absentAfterMs = options.absentAfterMs;
  }

  /** The timeline that starts when TACK is reset. It expects the same slots. */
  restarted(): Timeline {
    return new Timeline(this.#options, this.expected.restarted(), true);
  }

  /** The open event for a TACK time: within the window, and nearer than the last emitted event. */
  nearestOpen(high: number, low: number): OpenEvent | undefined {
    const event = this.open.nearest(high, low, this.#windowNs / 2);
    if (event === undefined) return undefined;
    const distanceNs = Math.abs(tackDifferenceNs(high, low, event.high, event.low));
    if (distanceNs > this.#windowNs) return undefined;
    return distanceNs <= this.#sinceEmittedNs(high, low) ? event : undefined;
  }

  /**
   * Notes a readout of this timeline, placed or not. A late readout, too, shows where the slot is.
   */
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

  /** Notes the last emitted event by its first readout's TACK time. */
  emitted(high: number, low: number): void {
    this.isBeforeFirstEvent = false;
    this.#hasEmitted = true;
    this.#emittedHigh = high;
    this.#emittedLow = low;
  }

  /**
   * Whether a TACK time is more than `farNs` from everything: the slot's own readouts, those of the
   * foremost slot, and the camera. Ahead of the first two, the time since the last readout is
   * allowed too: a camera that paused was not reset.
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

  /** Monotonic time of a slot's first readout; Infinity before it. */
  firstMs(slot: number): number {
    return this.#slotFirstMs[slot] as number;
  }

  /** Whether the camera has reached a TACK time that is not past and at most `farNs` behind it. */
  isReached(high: number, low: number, farNs: number): boolean {
    if (!this.#isPlaced || this.isPast(high, low)) return false;
    const aheadNs = this.aheadNs(high, low);
    return aheadNs <= this.#windowNs && aheadNs >= -farNs;
  }

  /**
   * Distance of a TACK time from the slot's newest one, or from the camera if there is none, ns.
   */
  distanceNs(slot: number, high: number, low: number): number {
    if (this.#slotHeardMs[slot] !== -Infinity) {
      return Math.abs(this.#aheadOfSlotNs(slot, high, low));
    }
    return this.#isPlaced ? Math.abs(this.aheadNs(high, low)) : Infinity;
  }

  /** How far a TACK time is ahead of the camera, ns; 0 if the camera is not known yet. */
  aheadNs(high: number, low: number): number {
    return this.#isPlaced ? tackDifferenceNs(high, low, this.#high, this.#low) : 0;
  }

  /** Whether a TACK time belongs to an emitted event, or is before it. */
  isPast(high: number, low: number): boolean {
    return this.#sinceEmittedNs(high, low) <= this.#windowNs;
  }

  /**
   * Whether a minority of slots would open too many events ahead of the others with an event at
   * this TACK time. The open event half of `max` before it decides: of the slots that sent since
   * that was opened, at most half have reached it.
   *
   * @param max how many events may be ahead of the camera
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

  /** Computes where the camera is, and which open events it has reached. */
  follow(nowMs: number): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    if (this.#locate(nowMs - this.#absentAfterMs)) this.#notePause();
    if (!this.#isPlaced) return;
    const deadlineMs = this.heardMs + this.#deadlineMs;
    this.open.reach(this.#high, this.#low, this.#windowNs, deadlineMs);
  }

  /** Number of due events, counted from the oldest. Also computes the next deadline. */
  countDue(nowMs: number): number {
    if (nowMs < this.nextDeadlineMs) return 0;
    const usualMs = 2 * Math.max(this.#pauseMs, this.#pauseBeforeMs);
    const stillMs = Math.max(this.#deadlineMs, Math.min(usualMs, this.#absentAfterMs));
    const due = this.open.countDue(nowMs, this.#movedMs + stillMs);
    this.nextDeadlineMs = this.open.earliestDeadlineMs(due, this.#movedMs + stillMs);
    return due;
  }

  /** Notes that the last readout moved the camera. */
  #notePause(): void {
    const nowMs = this.heardMs;
    this.moves++;
    if (nowMs - this.#pauseSinceMs >= this.#absentAfterMs) {
      this.#pauseBeforeMs = this.#pauseMs;
      this.#pauseMs = 0;
      this.#pauseSinceMs = nowMs;
    }
    if (this.#movedMs !== -Infinity) {
      this.#pauseMs = Math.max(this.#pauseMs, nowMs - this.#movedMs);
    }
    this.#movedMs = nowMs;
  }

  /** Finds the camera's place; false if it has neither moved nor grown. */
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

  /** The slot at this rank, counted from the foremost heard slot. */
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

  /**
   * Distance of a TACK time after the last emitted event, ns; 0 if before it; Infinity without one.
   */
  #sinceEmittedNs(high: number, low: number): number {
    if (!this.#hasEmitted) return Infinity;
    return Math.max(0, tackDifferenceNs(high, low, this.#emittedHigh, this.#emittedLow));
  }
}

/** Slots sorted from the foremost on. */
const sorted = new Uint8Array(SLOTS);
