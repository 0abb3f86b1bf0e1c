import { ConfigurationError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ALL_SLOTS, SLOTS } from "../wire/camera.ts";
import { type CameraEvent, EventFlag } from "../wire/event.ts";
import type { RunId } from "../wire/run_id.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import type { Arrival } from "./arrival.ts";
import { ExpectedSlots } from "./expected_slots.ts";
import type { FarGroup } from "./far_group.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { OpenEvent } from "./open_event.ts";
import { Quarantine } from "./quarantine.ts";
import { SlotAccount } from "./slot_account.ts";
import { SlotOffsets } from "./slot_offsets.ts";
import { steadyStepNs } from "./steady_step.ts";
import { Timeline } from "./timeline.ts";

/** Default window of a builder, ns. */
export const DEFAULT_WINDOW_NS = 10_000_000;

// Counters and times are in typed arrays with an entry for every slot, 0..31. Each readout reads
// some of them, so the code uses `as number` and does not check.

const NS_PER_MS = 1e6;
const MIN_FAR_NS = 2e9;

/** Open events, where the options do not say it. */
export const MAX_OPEN_EVENTS = 1024;

/** How a {@linkcode Builder} builds. */
export interface BuilderOptions {
  /** Run number of the events. @default 1n */
  run?: bigint;
  /**
   * Identifies the start of the daemon that numbers the events, see `CameraEvent.epoch`.
   * @default 0, unknown
   */
  epoch?: number;
  /** Largest TACK distance of a readout from an event's first readout, ns. @default 10 ms */
  windowNs?: number;
  /** How long an event waits for readouts after the first one arrived. @default 2000 */
  deadlineMs?: number;
  /**
   * A slot that was not heard for this time is absent: events no longer wait for it.
   * @default 5000
   */
  absentAfterMs?: number;
  /**
   * Limit for a readout that joins no event: if it is further from the camera's TACK, ns, it is
   * held as a possible TACK reset or a stray. A distance below four times the step between a
   * packet's readouts is never far.
   * @default the deadline, but at least 2 s and four windows
   */
  farNs?: number;
  /**
   * Maximum number of open events. When it is reached, the builder closes the oldest as partial.
   * @default 1024
   */
  maxOpenEvents?: number;
  /** Mask of the camera's slots. @default all 32 */
  slots?: number | undefined;
}

/** The sections of the ledger that a builder updates. */
export type BuilderLedger = Ledger<"readouts" | "events">;

/**
 * Builds camera events from readouts.
 *
 * It is pure: readouts and the time go in, events come out in order of TACK. A readout joins the
 * nearest open event if it is within the window of that event's first readout. Otherwise it opens a
 * new event. An event is closed when all expected slots are in, or when its deadline has passed.
 * Events are closed in order: when a deadline passes, older open events are closed too.
 *
 * More than half of the slots decide where the camera is in TACK, see {@linkcode Timeline}. If only
 * a few slots are ahead in an event, it waits until the camera gets there. No slot is late because
 * of it.
 *
 * When more than half of the slots continue from another TACK time, TACK was reset. Modules do not
 * all reset between the same two packets. So events from before and after the reset are built in
 * parallel. Events after the reset are emitted when those before it are complete and none of them
 * waited for a deadline, but at the latest `absentAfterMs` after the reset was recognised.
 *
 * Everything is bounded. A full builder closes its oldest event and flags it as evicted. A minority
 * of slots that is ahead may open at most half of the events.
 */
export class Builder {
  /** The counters. Every call updates them. */
  readonly ledger: BuilderLedger;
  /** The counters of each slot. Every call updates them. */
  readonly slots: SlotAccount = new SlotAccount();
  /** How long events waited. Every call updates it. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** How far each slot's TACK is from the camera's. */
  readonly offsets: SlotOffsets;
  #run: RunId;
  readonly #windowNs: number;
  readonly #deadlineMs: number;
  readonly #absentAfterMs: number;
  readonly #farNs: number;
  readonly #maxOpenEvents: number;
  readonly #quarantine = new Quarantine();
  #timeline: Timeline;
  /** The timeline before the last TACK reset, while its readouts may still arrive. */
  #ending: Timeline | undefined;
  /** The latest time at which it ends. */
  #endMs = Infinity;
  /** The timeline of the packet's last readout. The next readout usually belongs to it too. */
  #packetsTimeline: Timeline;
  /** The move of the camera after which held readouts were last checked. */
  #placedAtMove = 0;
  #emitted: CameraEvent[] = [];
  #lastNumber = 0;
  /** Time of the last call that had a time argument. */
  #nowMs = 0;

  /**
   * @param options see {@linkcode BuilderOptions}
   * @param ledger counts here
   * @throws {ConfigurationError} when an option is out of range
   */
  constructor(options: BuilderOptions, ledger: BuilderLedger) {
    const {
      run = 1n,
      epoch = 0,
      windowNs = DEFAULT_WINDOW_NS,
      deadlineMs = 2000,
      absentAfterMs = 5000,
      farNs = Math.max(deadlineMs * NS_PER_MS, MIN_FAR_NS, 4 * windowNs),
      maxOpenEvents = MAX_OPEN_EVENTS,
      slots = ALL_SLOTS,
    } = options;
    requirePositive({ windowNs, deadlineMs, absentAfterMs, farNs, maxOpenEvents });
    if (windowNs >= farNs) {
      throw new ConfigurationError(`windowNs is ${windowNs}: it must be below farNs (${farNs})`);
    }
    this.ledger = ledger;
    this.#run = { run, epoch };
    this.#windowNs = windowNs;
    this.#deadlineMs = deadlineMs;
    this.#absentAfterMs = absentAfterMs;
    this.#farNs = farNs;
    this.#maxOpenEvents = maxOpenEvents;
    this.offsets = new SlotOffsets(absentAfterMs);
    const expected = new ExpectedSlots(slots, absentAfterMs, windowNs);
    this.#timeline = new Timeline({ windowNs, deadlineMs, absentAfterMs }, expected, false);
    this.#packetsTimeline = this.#timeline;
  }

  /** Run of the events that are emitted from now on. */
  get run(): bigint {
    return this.#run.run;
  }

  /** Identifies the start of the daemon; 0 if unknown. */
  get epoch(): number {
    return this.#run.epoch;
  }

  /** Number of open events. */
  get openEvents(): number {
    return this.#timeline.open.length + (this.#ending?.open.length ?? 0);
  }

  /** Number of readouts held until the builder knows if they are strays or a TACK reset. */
  get heldReadouts(): number {
    return this.#quarantine.length;
  }

  /** Mask of the slots that sent the held readouts. */
  get heldSlots(): number {
    return this.#quarantine.mask;
  }

  /** Monotonic time of the next necessary call of {@linkcode Builder.emit}; Infinity when idle. */
  get nextCallMs(): number {
    const expiryMs = this.#quarantine.sinceMs + this.#absentAfterMs;
    return Math.min(
      expiryMs,
      this.#ending?.nextDeadlineMs ?? this.#timeline.nextDeadlineMs,
      this.#nextEndMs(),
    );
  }

  /** Mask of the slots that sent something recently. */
  heardSlots(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (nowMs - (this.slots.lastSeenMs[slot] as number) < this.#absentAfterMs) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /** Adds the readouts of a packet. */
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

  /** Closes events that are complete or due. Returns the events closed since the last call. */
  emit(nowMs: number): CameraEvent[] {
    this.#nowMs = nowMs;
    this.#countLate(this.#quarantine.expire(nowMs - this.#absentAfterMs));
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
   * Starts another run. Events emitted from now on belong to it and are numbered from 1; so do
   * events that are open now.
   *
   * @param epoch see {@linkcode BuilderOptions.epoch} @default the epoch of the last run
   */
  startRun(run: bigint, epoch: number = this.#run.epoch): void {
    this.#run = { run, epoch };
    this.#lastNumber = 0;
  }

  /** Closes all open events at the end of a run, and returns them. */
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

  /** The timeline of a readout: the current one, or the one that is ending. */
  #timelineOf(ending: Timeline, { slot, packet, nowMs }: Arrival, index: number): Timeline {
    const next = this.#timeline;
    // A packet that another one overtook still arrives within a deadline.
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

  /** Puts a readout in an open event, or in a new one. */
  #place(
    timeline: Timeline,
    joined: OpenEvent | undefined,
    arrival: Arrival,
    index: number,
  ): void {
    const { slot, packet, nowMs } = arrival;
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
      this.#countDuplicate(slot);
      return;
    }
    event.place(slot, packet, index, high, low);
    this.ledger.readouts.placed++;
    (this.slots.placed[slot] as number)++;
  }

  /** Makes room for a new event with this TACK time; false if that is not possible. */
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

  /** Holds a readout far from the timeline. It may start a new timeline, or be a stray. */
  #addFar(arrival: Arrival, index: number, farNs: number): void {
    const { slot, nowMs } = arrival;
    const { group, isCopy, dismissed } = this.#quarantine.hold(arrival, index, farNs);
    if (isCopy) this.#countDuplicate(slot);
    this.#countLate(dismissed);
    if (group === undefined) return;
    const quiet = nowMs - this.#timeline.heardMs >= this.#absentAfterMs;
    if (quiet || group.isConfirmed(this.heardSlots(nowMs))) this.#restart(group, nowMs);
  }

  /** Starts a timeline with the readouts of a group. The old timeline continues for a while. */
  #restart(group: FarGroup, nowMs: number): void {
    this.#end();
    this.#ending = this.#timeline;
    this.#endMs = nowMs + this.#absentAfterMs;
    this.#timeline = this.#timeline.restarted();
    this.#packetsTimeline = this.#timeline;
    this.#placedAtMove = -1;
    this.ledger.events.resets++;
    for (const held of this.#quarantine.take(group)) this.#placeHeld(held);
    this.#timeline.follow(nowMs);
  }

  /** Places held readouts that the camera has reached: they were not far. */
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

  /** When the timeline before the last reset ends, as far as known. */
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

  #countDuplicate(slot: number): void {
    this.ledger.readouts.duplicate++;
    (this.slots.duplicate[slot] as number)++;
  }

  #isComplete(timeline: Timeline, event: OpenEvent): boolean {
    const expected = timeline.expected.maskAt(event.high, event.low);
    return expected !== 0 && (event.mask & expected) >>> 0 === expected;
  }

  /** Closes events that are complete or due. */
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

  /** Closes the oldest open event. If it is not complete, `reason` is the flag that says why. */
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
    if (timeline.isRestart && timeline.isBeforeFirstEvent) flags |= EventFlag.reset;
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
