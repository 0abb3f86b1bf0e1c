import { ALL_SLOTS, SLOTS } from "../wire/camera.ts";
import { ConfigurationError } from "../errors.ts";
import { type CameraEvent, EventFlag } from "../wire/event.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RunId } from "../wire/run_id.ts";
import type { Arrival } from "./arrival.ts";
import { ExpectedSlots } from "./expected_slots.ts";
import type { FarGroup } from "./far_group.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { OpenEvent } from "./open_event.ts";
import { Quarantine } from "./quarantine.ts";
import { SlotAccount } from "./slot_account.ts";
import { SlotOffsets } from "./slot_offsets.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import { steadyStepNs } from "./steady_step.ts";
import { Timeline } from "./timeline.ts";

/** Window of a builder that is not told another, ns. */
export const DEFAULT_WINDOW_NS = 10_000_000;

// Counters and times of slots are in typed arrays that every slot, 0..31, is in range of, and each
// readout has some of them read: hence `as number` below, and no check.

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
   * How far off the camera's TACK a readout that joins no event is taken for a reset or a stray, ns.
   * Four times the step of a packet's readouts is never far.
   * @default the deadline, but at least 2 s and four windows
   */
  farNs?: number;
  /** Events open at once, at most; when full, the oldest is closed as it is. @default 1024 */
  maxOpenEvents?: number;
  /** Mask of the slots the camera has. @default all 32 */
  slots?: number | undefined;
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
 * More than half of the slots say where the camera is in TACK, see {@linkcode Timeline}: an event
 * that only a few are ahead in waits until the camera comes, and makes nobody late.
 *
 * When more than half go on from another TACK time, that is a reset: what came before it and what
 * comes after are built side by side, for modules do not reset between the same two packets. Events
 * from after it are emitted when those from before are complete, and none came for a deadline; but at
 * the latest `silentAfterMs` after it was recognised.
 *
 * Everything it holds is bounded: a full builder closes its oldest event, flagged as evicted, and
 * takes no event from a minority that is ahead with half of all.
 */
export class Builder {
  /** The counters, kept up to date with every call. */
  readonly ledger: BuilderLedger;
  /** The counters of each slot, kept up to date with every call. */
  readonly slots: SlotAccount = new SlotAccount();
  /** How long events waited, kept up to date with every call. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** How far each slot is off the camera. */
  readonly offsets: SlotOffsets;
  #run: RunId;
  readonly #windowNs: number;
  readonly #deadlineMs: number;
  readonly #silentAfterMs: number;
  readonly #farNs: number;
  readonly #maxOpenEvents: number;
  readonly #quarantine = new Quarantine();
  #timeline: Timeline;
  /** The one before the last TACK reset, while readouts of it may come. */
  #ending: Timeline | undefined;
  /** When that ends at the latest. */
  #endMs = Infinity;
  /** Where the last readout of a packet belonged, for the next one follows it. */
  #packetsTimeline: Timeline;
  /** The camera's move at which it was last looked what of the readouts held it has come to. */
  #placedAtMove = 0;
  #emitted: CameraEvent[] = [];
  #lastNumber = 0;
  /** The time of the last call that told it. */
  #nowMs = 0;

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
    this.offsets = new SlotOffsets(silentAfterMs);
    const expected = new ExpectedSlots(slots, silentAfterMs, windowNs);
    this.#timeline = new Timeline({ windowNs, deadlineMs, silentAfterMs }, expected, false);
    this.#packetsTimeline = this.#timeline;
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
    return this.#timeline.open.length + (this.#ending?.open.length ?? 0);
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
    const expiryMs = this.#quarantine.sinceMs + this.#silentAfterMs;
    return Math.min(
      expiryMs,
      this.#ending?.nextDeadlineMs ?? this.#timeline.nextDeadlineMs,
      this.#nextEndMs(),
    );
  }

  /** Mask of the slots that anything came from lately. */
  heardSlots(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (nowMs - (this.slots.lastSeenMs[slot] as number) < this.#silentAfterMs) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /** Takes the readouts of a packet. */
  add(arrival: Arrival): void {
    const { slot, packet, nowMs } = arrival;
    this.#nowMs = nowMs;
    this.ledger.readouts.decoded += packet.count;
    (this.slots.packets[slot] as number)++;
    (this.slots.decoded[slot] as number) += packet.count;
    this.slots.lastSeenMs[slot] = nowMs;
    for (let index = 0; index < packet.count; index++) this.#addReadout(arrival, index);
    const last = packet.count - 1;
    const aheadNs = this.#timeline.aheadNs(packet.tackHigh(last), packet.tackLow(last));
    this.offsets.note(slot, packet, nowMs, aheadNs);
  }

  /** Closes what is complete or due, and returns the events closed since the last call. */
  emit(nowMs: number): CameraEvent[] {
    this.#nowMs = nowMs;
    this.#countLate(this.#quarantine.expire(nowMs - this.#silentAfterMs));
    this.#timeline.follow(nowMs);
    if (this.#quarantine.length > 0 && this.#timeline.moves !== this.#placedAtMove) {
      this.#placedAtMove = this.#timeline.moves;
      this.#placeReached(nowMs);
    }
    if (this.#ending !== undefined) {
      this.#ending.follow(nowMs);
      this.#closeDue(this.#ending, nowMs);
      if (nowMs >= this.#nextEndMs()) this.#end();
    }
    if (this.#ending === undefined) this.#closeDue(this.#timeline, nowMs);
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
    this.#end();
    this.#closeAll(this.#timeline);
    return this.#takeEmitted();
  }

  #addReadout(arrival: Arrival, index: number): void {
    const { slot, packet, nowMs } = arrival;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    const timeline = this.#ending === undefined
      ? this.#timeline
      : this.#timelineOf(this.#ending, arrival, index);
    this.#packetsTimeline = timeline;
    const event = timeline.nearestOpen(high, low);
    if (event === undefined && timeline.isFar(slot, high, low, this.#farNs, nowMs)) {
      const farNs = Math.max(this.#farNs, 4 * steadyStepNs(packet, this.#windowNs));
      if (timeline.isFar(slot, high, low, farNs, nowMs)) {
        this.#addFar(arrival, index, farNs);
        return;
      }
    }
    this.#place(timeline, event, arrival, index);
    if (this.#quarantine.length > 0) this.#quarantine.near(slot);
  }

  /** Of the timeline and the one that ends, that to which a readout belongs. */
  #timelineOf(ending: Timeline, { slot, packet, nowMs }: Arrival, index: number): Timeline {
    const next = this.#timeline;
    // What was overtaken comes within a deadline.
    if (nowMs - next.firstMs(slot) >= this.#deadlineMs) return next;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    if (index > 0) {
      const beforeHigh = packet.tackHigh(index - 1);
      const beforeLow = packet.tackLow(index - 1);
      const stepNs = tackDifferenceNs(high, low, beforeHigh, beforeLow);
      if (Math.abs(stepNs) <= this.#farNs) return this.#packetsTimeline;
    }
    const toNextNs = next.distanceNs(slot, high, low);
    if (ending.firstMs(slot) === Infinity && toNextNs <= this.#farNs) return next;
    return ending.distanceNs(slot, high, low) < toNextNs ? ending : next;
  }

  /** Puts a readout in an open event, or a new one. */
  #place(
    timeline: Timeline,
    joined: OpenEvent | undefined,
    arrival: Arrival,
    index: number,
  ): void {
    const { slot, packet, nowMs } = arrival;
    const { readouts } = this.ledger;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    timeline.expected.heard(slot, nowMs, high, low);
    timeline.heard(slot, high, low, nowMs);
    let event = joined;
    if (event === undefined) {
      if (!this.#makeRoom(timeline, high, low)) {
        this.#countLate([arrival]);
        return;
      }
      const deadlineMs = nowMs + this.#deadlineMs;
      event = new OpenEvent(high, low, deadlineMs, arrival);
      timeline.open.insert(event);
      if (deadlineMs < timeline.nextDeadlineMs) timeline.nextDeadlineMs = deadlineMs;
    } else if (event.has(slot)) {
      readouts.duplicate++;
      (this.slots.duplicate[slot] as number)++;
      return;
    }
    event.place(slot, packet, index, high, low);
    readouts.placed++;
    (this.slots.placed[slot] as number)++;
  }

  /** Makes room for an event of this TACK time; false when there is none for it. */
  #makeRoom(timeline: Timeline, high: number, low: number): boolean {
    if (timeline.isPast(high, low)) return false;
    const open = this.openEvents;
    const maxAhead = Math.ceil(this.#maxOpenEvents / 2);
    if (open >= maxAhead && timeline.isCrowdAhead(high, low, maxAhead, this.#nowMs)) return false;
    if (open < this.#maxOpenEvents) return true;
    if (this.#ending?.open.length === 0) {
      const hasEnded = this.#ending === timeline;
      this.#end();
      if (hasEnded) return false;
    }
    this.#closeOldest(this.#ending ?? this.#timeline, EventFlag.evicted);
    return !timeline.isPast(high, low);
  }

  /** A readout far off the timeline: the start of another one, or a stray. */
  #addFar(arrival: Arrival, index: number, farNs: number): void {
    const { nowMs } = arrival;
    const { group, dismissed } = this.#quarantine.hold(arrival, index, farNs);
    this.#countLate(dismissed);
    if (group === undefined) return;
    const quiet = nowMs - this.#timeline.heardMs >= this.#silentAfterMs;
    if (quiet || group.isConfirmed(this.heardSlots(nowMs))) this.#restart(group, nowMs);
  }

  /** Begins a timeline with the readouts of a group; the one until now goes on beside it for a while. */
  #restart(group: FarGroup, nowMs: number): void {
    this.#end();
    this.#ending = this.#timeline;
    this.#endMs = nowMs + this.#silentAfterMs;
    this.#timeline = this.#timeline.restarted();
    this.#packetsTimeline = this.#timeline;
    this.#placedAtMove = -1;
    this.ledger.events.resets++;
    for (const held of this.#quarantine.take(group)) this.#placeHeld(held);
    this.#timeline.follow(nowMs);
  }

  /** Places the readouts held that the camera has come to: they were not far. */
  #placeReached(nowMs: number): void {
    const reached = this.#quarantine.takeWhere(({ packet, nowMs: heldMs }) => {
      const farNs = this.#farNs + (nowMs - heldMs) * NS_PER_MS;
      return this.#timeline.isReached(packet.tackHigh(0), packet.tackLow(0), farNs);
    });
    for (const held of reached) this.#placeHeld({ ...held, nowMs });
  }

  #placeHeld(held: Arrival): void {
    const high = held.packet.tackHigh(0);
    const low = held.packet.tackLow(0);
    this.#place(this.#timeline, this.#timeline.nearestOpen(high, low), held, 0);
  }

  /** When the timeline before the last reset ends, as far as is known. */
  #nextEndMs(): number {
    if (this.#ending === undefined) return Infinity;
    if (this.#ending.open.length > 0) return this.#endMs;
    return Math.min(this.#endMs, this.#ending.heardMs + this.#deadlineMs);
  }

  /** Ends the timeline before the last reset. */
  #end(): void {
    if (this.#ending === undefined) return;
    this.#closeAll(this.#ending);
    this.#ending = undefined;
  }

  #countLate(readouts: readonly { slot: number }[]): void {
    for (const { slot } of readouts) {
      this.ledger.readouts.late++;
      (this.slots.late[slot] as number)++;
    }
  }

  #isComplete(timeline: Timeline, event: OpenEvent): boolean {
    const expected = timeline.expected.maskAt(event.high, event.low);
    return expected !== 0 && (event.mask & expected) >>> 0 === expected;
  }

  /** Closes what is complete or due. */
  #closeDue(timeline: Timeline, nowMs: number): void {
    timeline.expected.expire(nowMs);
    for (let due = timeline.countDue(nowMs); due > 0; due--) {
      this.#closeOldest(timeline, EventFlag.deadline);
    }
    const { open } = timeline;
    while (open.oldest !== undefined && this.#isComplete(timeline, open.oldest)) {
      this.#closeOldest(timeline, 0);
    }
  }

  #closeAll(timeline: Timeline): void {
    while (timeline.open.length > 0) this.#closeOldest(timeline, 0);
    timeline.nextDeadlineMs = Infinity;
  }

  /** Closes the oldest open event; when it is not complete, for the reason in the flag. */
  #closeOldest(timeline: Timeline, reason: number): void {
    const open = timeline.open.shift();
    if (open === undefined) return;
    const { events } = this.ledger;
    let flags = reason;
    if (this.#isComplete(timeline, open)) {
      flags = EventFlag.complete;
      events.complete++;
    } else {
      events.partial++;
      if (reason === EventFlag.evicted) events.evicted++;
    }
    if (timeline.isRestart && timeline.isUntold) flags |= EventFlag.reset;
    events.built++;
    this.latency.add(this.#nowMs - open.openedMs);
    if (open.mask !== ALL_SLOTS) this.slots.countMissing(open.mask);
    this.#lastNumber++;
    timeline.emitted(open.high, open.low);
    timeline.expected.settle(open.high, open.low);
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
