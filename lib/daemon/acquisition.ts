import { formatIpAddress } from "../address/ip_address.ts";
import { ModuleMap } from "../address/module_map.ts";
import { Builder, type BuilderOptions, DEFAULT_WINDOW_NS } from "../builder/builder.ts";
import { offsetText } from "../builder/slot_offsets.ts";
import { Complaints } from "../complaints.ts";
import type { DaemonLedger } from "../ledger/ledger.ts";
import { type Log, type Particulars, StageLog } from "../notice.ts";
import type { Publisher } from "../publisher/publisher.ts";
import type { PacketSocket } from "../receiver/packet_socket.ts";
import type { ReplayBuffer } from "../replay/replay_buffer.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { sleep } from "../time/sleep.ts";
import { Turns } from "../time/turns.ts";
import { NO_SLOT, slotsOf } from "../wire/camera.ts";
import type { CameraEvent } from "../wire/event.ts";
import { type ByteOrder, type PacketRefusal, PacketView } from "../wire/packet.ts";
import { newEpoch } from "../wire/run_id.ts";
import { Patience } from "./patience.ts";
import { ShortSteps } from "./short_steps.ts";
import { SplitMoments } from "./split_moments.ts";

/** Parts and options of an {@linkcode Acquisition}. */
export interface AcquisitionOptions {
  /** Where packets come from. */
  socket: PacketSocket;
  /** Where events go. */
  publisher: Publisher;
  /** Keeps published events for recorders that missed some. @default none */
  replay?: ReplayBuffer | undefined;
  /** The ledger of all stages. The publisher counts in the same one. */
  ledger: DaemonLedger;
  /** How events are built. Without `slots`, the camera's slots are those of `modules`. */
  builder?: BuilderOptions;
  /** Which module an address belongs to. @default `ModuleMap.ofBase(1)` */
  modules?: ModuleMap;
  /** Byte order of the packets. @default "big" */
  byteOrder?: ByteOrder;
  /** Called with all events that were built, published or not. @default none */
  onEvents?: (events: readonly CameraEvent[]) => void;
  /** The wall clock that numbers runs, Unix ms. @default `Date.now` */
  now?: () => number;
  /**
   * Gets notices of bad packets (at a limited rate), TACK resets, pauses and new runs.
   * @default none
   */
  log?: Log;
}

/** The highest level at each step so far. */
export interface PeakLevels {
  /** Packets in the ring. When it is full, packets wait in the kernel's buffer. */
  ringPackets: number;
  /** Open events in the builder. When it is full, it closes the oldest. */
  openEvents: number;
  /** Events in the publisher's queue. When it is full, new events are not published. */
  queuedEvents: number;
}

/** Maximum number of packets taken before events are passed on. */
const BATCH = 256;

/** If the loop has not run for this time, the daemon is stuck. */
const STUCK_MS = 5000;

/** The longest sleep. It limits how late kernel drops are noticed when no packet arrives. */
const MAX_SLEEP_MS = 100;

/** How long it sleeps at most while it catches up after a standstill. */
const CATCH_UP_SLEEP_MS = 10;

/** A second, plus the time by which a timer may be early. */
const MAX_RUN_WAIT_MS = 1500;

/** More TACK resets than this in a short time are no accident. */
const MAX_CHANCE_RESETS = 3;
const RESETS_WITHIN_MS = 60_000;

/** Why packets are refused, in words. */
const REFUSALS: Record<PacketRefusal, string> = {
  empty: "it has no bytes; is the sender a camera module?",
  oversize: "packets have up to 9000 bytes; is the sender a camera module?",
  fractional: "not a whole number of 144-byte readouts; is the sender a camera module?",
  byteOrder: "timestamps look byte-swapped",
};

/**
 * The daemon's main loop: packets are decoded, built into events, and published.
 *
 * ```
 * socket -> packet ring -> PacketView -> Builder -> Publisher
 * ```
 */
export class Acquisition {
  /** The builder; public for its levels. */
  readonly builder: Builder;
  /** The highest levels so far. */
  readonly peaks: PeakLevels = { ringPackets: 0, openEvents: 0, queuedEvents: 0 };
  readonly #options: AcquisitionOptions;
  readonly #packet: PacketView;
  readonly #modules: ModuleMap;
  readonly #windowNs: number;
  readonly #shortSteps: ShortSteps;
  readonly #patience = new Patience();
  readonly #splitMoments = new SplitMoments();
  readonly #log: StageLog;
  readonly #complaints: Complaints<
    | PacketRefusal
    | ("unknownSource" | "window" | "tack" | "reset" | "resets" | "unsynchronised" | "split")
  >;
  #resets = 0;
  /** When TACK was last reset, ms; newest last. */
  #resetTimesMs: number[] = [];
  #paused = false;
  /** Makes new runs start one after the other. */
  #starting = Promise.resolve(0n);
  #turnedMs = 0;
  #state: "not started" | "running" | "stopping" | "ended" = "not started";

  constructor(options: AcquisitionOptions) {
    const { ledger, builder = {}, byteOrder = "big", log } = options;
    const { modules = ModuleMap.ofBase(1) } = options;
    this.#options = options;
    this.builder = new Builder({ ...builder, slots: builder.slots ?? modules.slots }, ledger);
    this.#packet = new PacketView(byteOrder);
    this.#modules = modules;
    this.#windowNs = builder.windowNs ?? DEFAULT_WINDOW_NS;
    this.#shortSteps = new ShortSteps(this.#windowNs);
    this.#log = new StageLog("acquisition", log);
    this.#complaints = new Complaints(this.#log);
  }

  /** Whether events are built and counted, but not published. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Why the daemon does not acquire; undefined if it does. */
  get unhealthy(): string | undefined {
    return this.stuck ??
      (this.#state === "running" ? undefined : `acquisition: ${this.#state}`);
  }

  /** Says how long the loop has stood still; undefined while it runs, and after the end. */
  get stuck(): string | undefined {
    if (this.#state !== "running" && this.#state !== "stopping") return undefined;
    const stillMs = performance.now() - this.#turnedMs;
    if (stillMs < STUCK_MS) return undefined;
    return `acquisition: its loop has stood still for ${Math.round(stillMs / 1000)} s`;
  }

  /**
   * From now on events are built and counted as `paused`. No subscriber gets them, now or later.
   */
  pause(): void {
    if (!this.#paused) {
      this.#log.warning(
        "publishing is paused: events are now counted as paused; subscribers do not get them",
        { code: "acquisition.paused" },
      );
    }
    this.#paused = true;
  }

  /** From now on events are published again. */
  resume(): void {
    if (this.#paused) {
      const { paused } = this.#options.ledger.events;
      this.#log.info(
        `publishing continues; ${paused} events in all were not published because of pauses`,
        { fields: { paused } },
      );
    }
    this.#paused = false;
  }

  /**
   * Starts another run: events are numbered from 1 again. Nothing is lost; open events belong to
   * the new run. The run number is the Unix time in seconds. If the current run has this number, it
   * waits for the next second, so that no later start of a daemon takes the same number. If the
   * current number is further ahead of the clock, the new one is one more.
   *
   * @returns its number
   */
  startRun(): Promise<bigint> {
    this.#starting = this.#starting.then(() => this.#startRun());
    return this.#starting;
  }

  async #startRun(): Promise<bigint> {
    const now = this.#options.now ?? Date.now;
    const last = this.builder.run;
    for (;;) {
      const aheadMs = Number(last + 1n) * 1000 - now();
      if (aheadMs <= 0 || aheadMs > MAX_RUN_WAIT_MS) break;
      await sleep(aheadMs);
    }
    const second = BigInt(Math.floor(now() / 1000));
    const run = second > last ? second : BigInt.asUintN(64, last + 1n);
    this.builder.startRun(run, newEpoch());
    this.#log.info(`run ${run} follows run ${last}: events are numbered from 1 again`, {
      fields: { run, last },
    });
    return run;
  }

  /**
   * Acquires until the signal. Then it takes the packets that have arrived, emits open events, and
   * returns when ZeroMQ has all of them.
   *
   * @throws {OperationError} when the socket or the publisher has failed
   */
  async run(signal: AbortSignal): Promise<void> {
    const { socket, publisher } = this.#options;
    const turns = new Turns();
    let stopped = false;
    const stop = () => {
      this.#state = "stopping";
      void socket.stop().then(() => stopped = true);
    };
    this.#state = "running";
    this.#turnedMs = performance.now();
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    try {
      while (!(stopped && socket.ring.length === 0)) {
        // Read before the packets are taken: none that has arrived by then is late.
        this.#turnedMs = performance.now();
        const deadlineMs = this.#patience.deadlineMs(this.#turnedMs, socket.ring.length > 0);
        const taken = this.#takePackets();
        this.#publish(this.builder.emit(deadlineMs));
        this.#noteState();
        if (taken > 0) await turns.give();
        else if (!stopped) await socket.readable(this.#sleepMs());
      }
    } finally {
      this.#state = "ended";
      signal.removeEventListener("abort", stop);
      await this.#countRest();
      this.#publish(this.builder.drain());
      stoppingPoint("daemon.drained");
      await publisher.flush();
    }
  }

  #publish(events: readonly CameraEvent[]): void {
    const { ledger, replay, publisher, onEvents } = this.#options;
    if (events.length > 0) {
      stoppingPoint("daemon.built");
      onEvents?.(events);
      this.#checkComplete(events, performance.now());
    }
    if (this.#paused) ledger.events.paused += events.length;
    else replay?.push(events);
    if (events.length > 0) stoppingPoint("daemon.kept");
    // Called without an event too, because it throws if publishing has failed.
    publisher.publish(this.#paused ? [] : events);
  }

  /** Takes up to a batch of packets from the ring. */
  #takePackets(): number {
    const { ring } = this.#options.socket;
    const waiting = ring.length;
    const count = Math.min(waiting, BATCH);
    if (count === 0) return 0;
    if (waiting > this.peaks.ringPackets) this.peaks.ringPackets = waiting;
    const nowMs = performance.now();
    let slot = ring.tailSlot;
    for (let left = count; left > 0; left--) {
      this.#takePacket(slot, nowMs);
      slot = ring.next(slot);
    }
    stoppingPoint("daemon.taken");
    ring.release(count);
    this.peaks.openEvents = Math.max(this.peaks.openEvents, this.builder.openEvents);
    return count;
  }

  #takePacket(ringSlot: number, nowMs: number): void {
    const { socket: { ring }, ledger: { packets, malformed } } = this.#options;
    packets.received++;
    const slot = this.#modules.slotOf(ring.sources, ring.sourceAt(ringSlot));
    if (slot === NO_SLOT) {
      packets.unknownSource++;
      this.#complain("unknownSource", ringSlot, nowMs);
      return;
    }
    const packet = this.#packet;
    const lengthBytes = ring.lengthBytes(ringSlot);
    const refusal = packet.read(ring.bytes, ring.offset(ringSlot), lengthBytes);
    if (refusal !== undefined) {
      packets.malformed++;
      malformed[refusal]++;
      this.#complain(refusal, ringSlot, nowMs);
      return;
    }
    packets.accepted++;
    this.#checkWindow(slot, ringSlot, nowMs);
    this.builder.add({
      slot,
      packet,
      nowMs,
      receiveSeconds: ring.receiveSeconds(ringSlot),
      receiveNanoseconds: ring.receiveNanoseconds(ringSlot),
    });
  }

  #complain(reason: PacketRefusal | "unknownSource", ringSlot: number, nowMs: number): void {
    this.#complaints.complain(reason, nowMs, () => {
      const { ring } = this.#options.socket;
      const lengthBytes = ring.lengthBytes(ringSlot);
      const source = this.#sourceOf(ringSlot);
      const { why, code, fields }: { why: string } & Particulars = reason === "unknownSource"
        ? this.#modules.whyUnknown(ring.sources, ring.sourceAt(ringSlot))
        : {
          why: REFUSALS[reason],
          code: reason === "byteOrder" ? "acquisition.byteOrder" : undefined,
        };
      return {
        level: "warning",
        text: `packet of ${lengthBytes} bytes from ${source} refused: ${why}`,
        code,
        fields: { reason, source, lengthBytes, ...fields },
      };
    });
  }

  #sourceOf(ringSlot: number): string {
    const { ring } = this.#options.socket;
    return formatIpAddress(ring.sources, ring.sourceAt(ringSlot));
  }

  /** Warns if a module's own readouts are less than two windows apart: they may share events. */
  #checkWindow(slot: number, ringSlot: number, nowMs: number): void {
    const stepNs = this.#shortSteps.note(slot, this.#packet);
    if (stepNs === 0) return;
    this.#complaints.complain(
      "window",
      nowMs,
      () => {
        const source = this.#sourceOf(ringSlot);
        const windowNs = this.#windowNs;
        return {
          level: "warning",
          text: `readouts from ${source} are ${msText(stepNs)} apart, less than twice ` +
            `the window of ${msText(windowNs)}: some may count as duplicates or late`,
          code: "acquisition.window",
          fields: { source, stepNs, windowNs, mostWindowNs: stepNs / 2 },
        };
      },
    );
  }

  /**
   * Warns if no event is complete because the modules' TACK times differ by more than the window.
   */
  #checkComplete(events: readonly CameraEvent[], nowMs: number): void {
    const heardSlots = this.builder.heardSlots(nowMs);
    for (const event of events) this.#splitMoments.note(event, heardSlots);
    // A module that is far off gets its own message.
    if (!this.#splitMoments.areMany || this.builder.offsets.unsynchronised(nowMs) !== 0) return;
    this.#complaints.complain(
      "split",
      nowMs,
      () => ({
        level: "warning",
        text: "no event is complete though all modules send: their TACK times differ by more " +
          `than the window of ${msText(this.#windowNs)}`,
        code: "acquisition.split",
        fields: { windowNs: this.#windowNs },
      }),
    );
  }

  #noteState(): void {
    const { socket, ledger, publisher } = this.#options;
    this.peaks.queuedEvents = Math.max(this.peaks.queuedEvents, publisher.queued);
    ledger.packets.kernelDropped = socket.kernelDropped ?? 0;
    this.#noteTack(performance.now());
  }

  /** Reports problems with the camera's TACK. */
  #noteTack(nowMs: number): void {
    const { builder } = this;
    const { events } = this.#options.ledger;
    const unsynchronised = builder.offsets.unsynchronised(nowMs);
    if (unsynchronised !== 0) {
      const line = () => this.#unsynchronisedText(slotsOf(unsynchronised), nowMs);
      this.#complaints.complain("unsynchronised", nowMs, line);
    }
    if (builder.heldReadouts > 0 && (builder.heldSlots & ~unsynchronised) !== 0) {
      const slots = slotsOf(builder.heldSlots).join(", ");
      this.#complaints.complain(
        "tack",
        nowMs,
        () =>
          `readouts of slots ${slots} are far from the camera's TACK: this is a reset if most ` +
          `modules follow, otherwise they count as late; are these modules synchronised?`,
      );
    }
    if (events.resets !== this.#resets) {
      this.#resets = events.resets;
      this.#resetTimesMs = [...this.#resetTimesMs, nowMs].slice(-MAX_CHANCE_RESETS);
      // Times in the wrong byte order look like one reset after another.
      const [firstMs = -Infinity] = this.#resetTimesMs;
      const areMany = this.#resetTimesMs.length === MAX_CHANCE_RESETS &&
        nowMs - firstMs < RESETS_WITHIN_MS;
      this.#complaints.complain(
        areMany ? "resets" : "reset",
        nowMs,
        () => ({
          level: "warning",
          text: "TACK has been reset: events from before it are emitted first, event numbers " +
            "continue" + (areMany ? "; this happens again and again" : ""),
          code: areMany ? "acquisition.resets" : undefined,
          fields: { resets: events.resets },
        }),
      );
    }
  }

  /** Counts packets that had arrived but were not taken, because of a failure or a slow end. */
  async #countRest(): Promise<void> {
    const { socket, ledger: { packets } } = this.#options;
    const { ring } = socket;
    const turns = new Turns();
    let stopped = false;
    void socket.stop().then(() => stopped = true);
    while (!stopped || ring.length > 0) {
      const left = ring.length;
      packets.unread += left;
      ring.release(left);
      await turns.give();
    }
    packets.unread += socket.unread;
    packets.kernelDropped = socket.kernelDropped ?? 0;
    if (packets.unread === 0) return;
    this.#log.warning(
      `${packets.unread} datagrams that had arrived were not taken when acquisition ended; ` +
        "they are counted as packets.unread",
      { fields: { unread: packets.unread } },
    );
  }

  #unsynchronisedText(slots: readonly number[], nowMs: number): string {
    const { offsets } = this.builder;
    const told = slots.map((slot) =>
      `slot ${slot} is ${offsetText(offsets.offsetMs(slot, nowMs) ?? 0)}` +
      (offsets.hasTwoSenders(slot, nowMs) ? " in some packets, and synchronised in others" : "")
    );
    const hasTwoSenders = slots.some((slot) => offsets.hasTwoSenders(slot, nowMs));
    const [isIt, its] = slots.length === 1 ? ["is it", "its"] : ["are they", "their"];
    return `${told.join("; ")}: ${isIt} synchronised` +
      (hasTwoSenders ? `, or do others send from ${its} address?` : "?");
  }

  #sleepMs(): number {
    // Deadlines may have passed that are kept back.
    if (this.#patience.isCatchingUp) return CATCH_UP_SLEEP_MS;
    const untilCallMs = this.builder.nextCallMs - performance.now();
    return Math.min(Math.max(untilCallMs, 0), MAX_SLEEP_MS);
  }
}

function msText(ns: number): string {
  return `${Math.round(ns / 1e3) / 1e3} ms`;
}
