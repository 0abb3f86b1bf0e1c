import { ALL_SLOTS, SLOTS } from "../camera.ts";
import { ConfigurationError } from "../errors.ts";
import { type CameraEvent, EventFlag } from "../event.ts";
import type { Ledger } from "../ledger.ts";
import type { RunId } from "../run_id.ts";
import { tackDifferenceNs } from "../tack.ts";
import type { Arrival } from "./arrival.ts";
import { ExpectedSlots } from "./expected_slots.ts";
import type { FarGroup } from "./far_group.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { OpenEvent } from "./open_event.ts";
import { OpenEvents } from "./open_events.ts";
import { Quarantine } from "./quarantine.ts";
import { SlotAccount } from "./slot_account.ts";
import { steadyStepNs } from "./steady_step.ts";
import { Timeline } from "./timeline.ts";

/** Window of a builder that is not told another, ns. */
export const DEFAULT_WINDOW_NS = 10_000_000;

const NS_PER_MS = 1e6;
const MIN_FAR_NS = 2e9;

/** How a {@linkcode Builder} builds. */
export interface BuilderOptions {
  /** Run number of the events. @default 1n */
  run?: bigint;
  /** Which start of a daemon numbers them, see `CameraEvent.epoch`. @default 0, unknown */
  epoch?: number;
  /** How far in TACK a readout may lie from an event's first one, ns. @default 10 ms */
  windowNs?: number;
  /** How long an event waits for its readouts, from the first one's arrival. @default 2000 */
  deadlineMs?: number;
  /** How long a silent slot is waited for. @default 5000 */
  silentAfterMs?: number;
  /**
   * How far off the newest TACK time a readout that joins no event is taken for a reset or a stray,
   * ns: a module that leads by more than the deadline would make all others late.
   * Four times the step of a packet's readouts is never far.
   * @default the deadline, but at least 2 s and four windows
   */
  farNs?: number;
  /** Events open at once, at most; when full, the oldest is closed as it is. @default 1024 */
  maxOpenEvents?: number;
  /** Mask of the slots the camera has. @default all 32 */
  slots?: number;
}

/** The part of the ledger that a builder keeps. */
export type BuilderLedger = Ledger<"readouts" | "events">;

/**
 * Builds camera events from readouts.
 *
 * It is pure: readouts and the time go in, events come out in order of TACK. A readout joins the
 * open event nearest in TACK when that is within the window of its first readout, or else opens
 * one. An event is closed when every expected slot is in or its deadline has passed, and never
 * before an older one: when a deadline passes, older open events are closed with it.
 *
 * Everything it holds is bounded: a full builder closes its oldest event, flagged as evicted.
 */
export class Builder {
  /** The counters, kept up to date with every call. */
  readonly ledger: BuilderLedger;
  /** The counters of each slot, kept up to date with every call. */
  readonly slots: SlotAccount = new SlotAccount();
  /** How long events waited, kept up to date with every call. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  #run: RunId;
  readonly #windowNs: number;
  readonly #deadlineMs: number;
  readonly #silentAfterMs: number;
  readonly #farNs: number;
  readonly #maxOpenEvents: number;
  readonly #open = new OpenEvents();
  readonly #expected: ExpectedSlots;
  readonly #quarantine = new Quarantine();
  readonly #timeline = new Timeline();
  #emitted: CameraEvent[] = [];
  #lastNumber = 0;
  #afterReset = false;
  /** The time of the last call that told it. */
  #nowMs = 0;
  /** No deadline passes before this. */
  #nextDeadlineMs = Infinity;

  /**
   * @param options see {@linkcode BuilderOptions}
   * @param ledger where to count
   * @throws {ConfigurationError} when an option is out of range
   */
  constructor(options: BuilderOptions, ledger: BuilderLedger) {
    const {
      run = 1n,
      epoch = 0,
      windowNs = DEFAULT_WINDOW_NS,
      deadlineMs = 2000,
      silentAfterMs = 5000,
      farNs = Math.max(deadlineMs * NS_PER_MS, MIN_FAR_NS, 4 * windowNs),
      maxOpenEvents = 1024,
      slots = ALL_SLOTS,
    } = options;
    requirePositive({ windowNs, deadlineMs, silentAfterMs, farNs, maxOpenEvents });
    if (windowNs >= farNs) {
      throw new ConfigurationError(`windowNs is ${windowNs}: it must be below farNs (${farNs})`);
    }
    this.ledger = ledger;
    this.#run = { run, epoch };
    this.#windowNs = windowNs;
    this.#deadlineMs = deadlineMs;
    this.#silentAfterMs = silentAfterMs;
    this.#farNs = farNs;
    this.#maxOpenEvents = maxOpenEvents;
    this.#expected = new ExpectedSlots(slots, silentAfterMs, windowNs);
  }

  /** Run that events belong to which are emitted from now on. */
  get run(): bigint {
    return this.#run.run;
  }

  /** Which start of a daemon numbers them; 0 when that is unknown. */
  get epoch(): number {
    return this.#run.epoch;
  }

  /** Events that are open. */
  get openEvents(): number {
    return this.#open.length;
  }

  /** Readouts held until it is known whether they are strays or a TACK reset. */
  get heldReadouts(): number {
    return this.#quarantine.length;
  }

  /** Mask of the slots that sent them. */
  get heldSlots(): number {
    return this.#quarantine.mask;
  }

  /** Monotonic time by which {@linkcode Builder.emit} is to be called; Infinity when idle. */
  get nextCallMs(): number {
    return Math.min(this.#nextDeadlineMs, this.#quarantine.sinceMs + this.#silentAfterMs);
  }

  /** Mask of the slots that anything came from lately. */
  heardSlots(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (nowMs - this.slots.lastSeenMs[slot] < this.#silentAfterMs) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /** Takes the readouts of a packet. */
  add(arrival: Arrival): void {
    const { slot, packet, nowMs } = arrival;
    this.#nowMs = nowMs;
    this.ledger.readouts.decoded += packet.count;
    this.slots.packets[slot]++;
    this.slots.decoded[slot] += packet.count;
    this.slots.lastSeenMs[slot] = nowMs;
    for (let index = 0; index < packet.count; index++) this.#addReadout(arrival, index);
  }

  /** Closes what is complete or due, and returns the events closed since the last call. */
  emit(nowMs: number): CameraEvent[] {
    this.#nowMs = nowMs;
    this.#countLate(this.#quarantine.expire(nowMs - this.#silentAfterMs));
    this.#expected.expire(nowMs);
    if (nowMs >= this.#nextDeadlineMs) {
      for (let due = this.#open.countDue(nowMs); due > 0; due--) {
        this.#closeOldest(EventFlag.deadline);
      }
      this.#nextDeadlineMs = this.#open.earliestDeadlineMs();
    }
    while (this.#open.oldest !== undefined && this.#isComplete(this.#open.oldest)) {
      this.#closeOldest(0);
    }
    return this.#takeEmitted();
  }

  /**
   * Starts another run: events emitted from now on belong to it and are numbered from 1, those that
   * are open among them.
   *
   * @param epoch see {@linkcode BuilderOptions.epoch} @default that of the run before
   */
  startRun(run: bigint, epoch: number = this.#run.epoch): void {
    this.#run = { run, epoch };
    this.#lastNumber = 0;
  }

  /** Closes everything that is open, at the end of a run, and returns the events. */
  drain(): CameraEvent[] {
    this.#countLate(this.#quarantine.expire(Infinity));
    this.#closeAll();
    return this.#takeEmitted();
  }

  #addReadout(arrival: Arrival, index: number): void {
    const { slot, packet, nowMs } = arrival;
    const { readouts } = this.ledger;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    let event = this.#nearestOpen(high, low);
    if (event === undefined) {
      if (this.#timeline.isFar(high, low, this.#farNs, nowMs)) {
        const farNs = Math.max(this.#farNs, 4 * steadyStepNs(packet, this.#windowNs));
        if (this.#timeline.isFar(high, low, farNs, nowMs)) {
          this.#addFar(arrival, index, farNs);
          return;
        }
      }
      this.#expected.heard(slot, nowMs, high, low);
      if (!this.#makeRoom(high, low)) {
        this.#countLate([arrival]);
        return;
      }
      const deadlineMs = nowMs + this.#deadlineMs;
      event = new OpenEvent(high, low, deadlineMs, arrival);
      this.#open.insert(event);
      this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, deadlineMs);
    } else {
      this.#expected.heard(slot, nowMs, high, low);
      if (event.has(slot)) {
        readouts.duplicate++;
        this.slots.duplicate[slot]++;
        return;
      }
    }
    event.place(slot, packet, index, high, low);
    readouts.placed++;
    this.slots.placed[slot]++;
    this.#timeline.advance(high, low, nowMs);
    this.#countLate(this.#quarantine.near(slot));
  }

  /** The open event a TACK time belongs to: in the window, and nearer than the last one emitted. */
  #nearestOpen(high: number, low: number): OpenEvent | undefined {
    const event = this.#open.nearest(high, low, this.#windowNs / 2);
    if (event === undefined) return undefined;
    const distanceNs = Math.abs(tackDifferenceNs(high, low, event.high, event.low));
    if (distanceNs > this.#windowNs) return undefined;
    return distanceNs <= this.#timeline.sinceEmittedNs(high, low) ? event : undefined;
  }

  /** Makes room for an event of this TACK time; false when it would be in the past. */
  #makeRoom(high: number, low: number): boolean {
    if (this.#timeline.isPast(high, low, this.#windowNs)) return false;
    if (this.#open.length < this.#maxOpenEvents) return true;
    this.#closeOldest(EventFlag.evicted);
    return !this.#timeline.isPast(high, low, this.#windowNs);
  }

  /** A readout far off the timeline: the start of another one, or a stray. */
  #addFar(arrival: Arrival, index: number, farNs: number): void {
    const { nowMs } = arrival;
    const { group, dismissed } = this.#quarantine.hold(arrival, index, farNs);
    this.#countLate(dismissed);
    if (group === undefined) return;
    const quiet = nowMs - this.#timeline.advancedMs >= this.#silentAfterMs;
    if (quiet || group.isConfirmed(this.heardSlots(nowMs))) this.#restartTimeline(group);
  }

  #restartTimeline(group: FarGroup): void {
    this.#closeAll();
    this.#timeline.clear();
    this.#expected.restartTimeline();
    this.#afterReset = true;
    this.ledger.events.resets++;
    for (const held of this.#quarantine.take(group)) this.#addReadout(held, 0);
  }

  #countLate(readouts: readonly { slot: number }[]): void {
    for (const { slot } of readouts) {
      this.ledger.readouts.late++;
      this.slots.late[slot]++;
    }
  }

  #isComplete(event: OpenEvent): boolean {
    const expected = this.#expected.maskAt(event.high, event.low);
    return expected !== 0 && (event.mask & expected) >>> 0 === expected;
  }

  #closeAll(): void {
    while (this.#open.length > 0) this.#closeOldest(0);
    this.#nextDeadlineMs = Infinity;
  }

  /** Closes the oldest open event; when it is not complete, for the reason in the flag. */
  #closeOldest(reason: number): void {
    const open = this.#open.shift();
    if (open === undefined) return;
    const { events } = this.ledger;
    let flags = reason;
    if (this.#isComplete(open)) {
      flags = EventFlag.complete;
      events.complete++;
    } else {
      events.partial++;
      if (reason === EventFlag.evicted) events.evicted++;
    }
    if (this.#afterReset) flags |= EventFlag.reset;
    this.#afterReset = false;
    events.built++;
    this.latency.add(this.#nowMs - (open.deadlineMs - this.#deadlineMs));
    if (open.mask !== ALL_SLOTS) this.slots.countMissing(open.mask);
    this.#lastNumber++;
    this.#timeline.emitted(open.high, open.low);
    this.#expected.settle(open.high, open.low);
    this.#emitted.push(open.close(BigInt(this.#lastNumber), this.#run, flags));
  }

  #takeEmitted(): CameraEvent[] {
    const emitted = this.#emitted;
    this.#emitted = [];
    return emitted;
  }
}

function requirePositive(options: Record<string, number>): void {
  for (const [key, value] of Object.entries(options)) {
    if (!(value > 0)) throw new ConfigurationError(`${key} is ${value}: it must be above 0`);
  }
}
