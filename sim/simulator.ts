import { hostPort } from "../lib/address/ip_address.ts";
import { ConfigurationError, messageOf } from "../lib/errors.ts";
import { itemAt } from "../lib/item_at.ts";
import { StageLog } from "../lib/notice.ts";
import { VERSION } from "../lib/version.ts";
import { ALL_SLOTS } from "../lib/wire/camera.ts";
import { READOUT_BYTES } from "../lib/wire/packet.ts";
import { checkWhole } from "./check_option.ts";
import { yieldToEventLoop } from "./clock.ts";
import { FaultStage } from "./faults/fault_stage.ts";
import { ScheduledEvents } from "./faults/scheduled_events.ts";
import { type Manifest, MANIFEST_FORMAT, type SilenceCause } from "./manifest/manifest.ts";
import { RunRecord } from "./manifest/run_record.ts";
import type { OutgoingPacket, PacketSender } from "./send/packet_sender.ts";
import { SimulatedCamera, type SimulatedTick } from "./simulated_camera.ts";
import {
  type SimulatorOptions,
  type SimulatorSettings,
  simulatorSettings,
} from "./simulator_options.ts";
import type { SimulatorSummary, SlotState, SlotSummary } from "./simulator_summary.ts";

/** After this many packets without a pause, the event loop gets a turn: after half a millisecond. */
const PACKETS_PER_TURN = 64;

/**
 * Sends the packets of a camera's modules, each from its own address.
 *
 * The packets of all modules are sent together, at the end of their last readout. This time is
 * computed from the readout's index, so that delays do not add up. When the simulator is late, it
 * sends without pauses until it is on time, and skips nothing. There is no queue: only the packets
 * of one moment are being sent at a time.
 *
 * @example
 * ```ts
 * import { Simulator } from "@ssdaq/ssdaq";
 * import { assertEquals } from "@std/assert";
 *
 * const simulator = new Simulator({
 *   modules: 2,
 *   readouts: 15,
 *   speed: Infinity,
 *   transport: () => ({ send: () => Promise.resolve([]), close: () => {} }),
 * });
 * const { packetsSent, readoutsSent } = await simulator.run();
 * assertEquals([packetsSent, readoutsSent], [4, 30]);
 * ```
 */
export class Simulator {
  readonly #settings: SimulatorSettings;
  readonly #camera: SimulatedCamera;
  readonly #record: RunRecord;
  readonly #schedule: ScheduledEvents;
  readonly #stage: FaultStage | undefined;
  readonly #slots: SlotSummary[];
  /** Masks of slots that send nothing. */
  #paused = 0;
  #killed = 0;
  #bytesSent = 0;
  #sendErrors = 0;
  #packetsThisTurn = 0;
  #startMs?: number;
  #startTime = new Date();
  #endMs?: number;

  /** @throws {ConfigurationError} naming the option, its value and what to give instead */
  constructor(options: SimulatorOptions = {}) {
    this.#settings = simulatorSettings(options);
    const { modules, seed, faults } = this.#settings;
    this.#camera = new SimulatedCamera(this.#settings);
    this.#record = new RunRecord(modules);
    this.#schedule = new ScheduledEvents(faults);
    this.#stage = faults && new FaultStage(faults, seed, this.#record);
    this.#slots = this.#settings.addresses.map((address, slot) => ({
      slot,
      address,
      state: "sending",
      packets: 0,
      readouts: 0,
    }));
  }

  /** A copy of the summary until now, for a status line. */
  get progress(): SimulatorSummary {
    const { modules, firstTackNs, firstAuxNs, clock, faults } = this.#settings;
    const startMs = this.#startMs ?? 0;
    const nowMs = this.#startMs === undefined ? 0 : this.#endMs ?? clock.nowMs();
    return {
      modules,
      readoutsSent: this.#slots.reduce((total, { readouts }) => total + readouts, 0),
      packetsSent: this.#slots.reduce((total, { packets }) => total + packets, 0),
      bytesSent: this.#bytesSent,
      sendErrors: this.#sendErrors,
      elapsedMs: nowMs - startMs,
      tackSeconds: this.#camera.takenMs / 1000,
      firstTackNs,
      firstAuxNs,
      rate: this.#camera.rate,
      faults: faults === undefined ? null : this.#record.sum,
      slots: this.#slots.map((slot) => ({ ...slot, state: this.#stateOf(slot.slot) })),
    };
  }

  /** The record of all packets until now: every datagram can be made again from it. */
  get manifest(): Manifest {
    const { modules, readoutsPerPacket, seed, byteOrder, addresses } = this.#settings;
    const { scene, skySpeed, deadPixels } = this.#settings;
    const record = this.#record.describe();
    return {
      format: MANIFEST_FORMAT,
      version: VERSION,
      startTime: this.#startTime.toISOString(),
      simulation: { modules, readoutsPerPacket, seed, byteOrder, scene, skySpeed, deadPixels },
      segments: this.#camera.segments,
      readouts: this.#camera.readouts,
      ...record,
      incomplete: record.incomplete || this.#camera.forgetful,
      slots: addresses.map((address, slot) => ({
        slot,
        address,
        ...itemAt(this.#record.totals, slot),
      })),
    };
  }

  /**
   * Stops a module (by default all modules) from the next moment on.
   *
   * @throws {ConfigurationError} for a slot that has no module
   */
  pause(slot?: number): void {
    this.#paused = (this.#paused | this.#maskOf(slot)) >>> 0;
  }

  /**
   * Starts a module (by default all modules) again from the next moment on.
   *
   * @throws {ConfigurationError} for a slot that has no module
   */
  resume(slot?: number): void {
    this.#paused = (this.#paused & ~this.#maskOf(slot)) >>> 0;
  }

  /**
   * Changes the rate from the next moment on.
   *
   * @param rate readouts/s of each module, above 0 and up to 1e9
   * @throws {ConfigurationError} for another rate
   */
  setRate(rate: number): void {
    this.#camera.setRate(rate);
  }

  /** Whether faults are made; undefined when the options have none. */
  get faultsActive(): boolean | undefined {
    return this.#stage?.active;
  }

  /**
   * Switches the faults of the options on or off.
   *
   * @throws {ConfigurationError} when the options have none
   */
  setFaults(active: boolean): void {
    if (this.#stage === undefined) {
      throw new ConfigurationError(
        "this simulator was started without faults; start it with some",
        { code: "simulator.noFaults" },
      );
    }
    this.#stage.active = active;
  }

  /**
   * Sends until all readouts are sent, or the signal aborts. Then the packets that are being sent, one
   * from each module, are the last. A packet that cannot be sent is counted, and the run continues. A
   * simulator runs once.
   *
   * @throws {UnavailableError} when the target's name is unknown, or this host does not have the address
   * of a module; then nothing was sent
   */
  async run(signal?: AbortSignal): Promise<SimulatorSummary> {
    if (this.#startMs !== undefined) throw new Error("a Simulator runs only once; make a new one");
    const { clock, transport } = this.#settings;
    this.#startMs = clock.nowMs();
    let sender: PacketSender | undefined;
    try {
      sender = await transport();
      this.#startMs = clock.nowMs();
      this.#startTime = new Date();
      await this.#sendAll(sender, this.#startMs, signal);
    } finally {
      this.#endMs = clock.nowMs();
      sender?.close();
    }
    return this.progress;
  }

  async #sendAll(sender: PacketSender, startMs: number, signal?: AbortSignal): Promise<void> {
    const { speed } = this.#settings;
    for (;;) {
      for (const event of this.#schedule.due(this.#camera.takenMs)) this.#happen(event);
      const planned = this.#camera.plan();
      if (planned === undefined || signal?.aborted) break;
      const dueMs = startMs + planned.takenMs / speed;
      await this.#waitUntil(dueMs, sender, signal);
      if (signal?.aborted) break;
      const tick = this.#camera.take();
      if (tick === undefined) break;
      await this.#takeTurn(tick.packets.length);
      await this.#handOver(tick, dueMs, sender);
    }
    if (this.#stage !== undefined) await this.#sendWaiting(this.#stage.flush(), sender);
  }

  /** Waits for a moment, and sends the datagrams that are due before it. */
  async #waitUntil(dueMs: number, sender: PacketSender, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#settings;
    for (let nowMs = clock.nowMs(); !signal?.aborted; nowMs = clock.nowMs()) {
      const nextMs = this.#stage?.nextDueMs ?? Infinity;
      if (nextMs <= nowMs) await this.#sendWaiting(this.#stage?.due(nowMs) ?? [], sender);
      else if (nowMs >= dueMs) return;
      else {
        await clock.sleep(Math.min(dueMs, nextMs) - nowMs, signal);
        this.#packetsThisTurn = 0;
      }
    }
  }

  async #takeTurn(packets: number): Promise<void> {
    if (this.#packetsThisTurn >= PACKETS_PER_TURN) {
      await yieldToEventLoop();
      this.#packetsThisTurn = 0;
    }
    this.#packetsThisTurn += packets;
  }

  #happen({ kind, slot }: ReturnType<ScheduledEvents["due"]>[number]): void {
    if (kind === "resetTack") this.#camera.resetTack();
    else if (kind === "kill") this.#killed = (this.#killed | (1 << slot)) >>> 0;
    else this.#killed = (this.#killed & ~(1 << slot)) >>> 0;
  }

  /** The packets of a moment go to the sender, or to the stage that makes faults. */
  async #handOver(
    { packets, firstReadout, readouts }: SimulatedTick,
    dueMs: number,
    sender: PacketSender,
  ): Promise<void> {
    for (const { slot } of packets) {
      this.#record.made(slot, firstReadout, readouts, this.#silenceOf(slot));
    }
    const isSilent = (slot: number) => this.#silenceOf(slot) !== undefined;
    if (this.#stage !== undefined) {
      this.#stage.take(packets, isSilent, dueMs);
      const nowMs = this.#settings.clock.nowMs();
      await this.#sendWaiting(this.#stage.due(nowMs), sender);
      return;
    }
    const silent = this.#paused | this.#killed;
    const sent = silent === 0 ? packets : packets.filter(({ slot }) => !isSilent(slot));
    await this.#send(sent, sender);
  }

  async #sendWaiting(
    datagrams: readonly (OutgoingPacket & { firstReadout: number; copy?: number })[],
    sender: PacketSender,
  ): Promise<void> {
    if (datagrams.length > 0) await this.#send(datagrams, sender);
  }

  async #send(
    packets: readonly (OutgoingPacket & { firstReadout: number; copy?: number })[],
    sender: PacketSender,
  ): Promise<void> {
    const failures = await sender.send(packets);
    const failed = new Set(failures.map(({ index }) => index));
    packets.forEach(({ slot, bytes, firstReadout, copy = 0 }, index) => {
      const refused = failed.size > 0 && failed.has(index);
      this.#record.sent(slot, firstReadout, copy, refused);
      if (refused) return;
      const counts = this.#slots[slot];
      if (counts === undefined) throw new RangeError(`no module has slot ${slot}`);
      counts.packets++;
      counts.readouts += Math.floor(bytes.length / READOUT_BYTES);
      this.#bytesSent += bytes.length;
    });
    for (const { index, error } of failures) {
      if (this.#sendErrors++ === 0) this.#logFailure(itemAt(packets, index).slot, error);
    }
  }

  #maskOf(slot: number | undefined): number {
    if (slot === undefined) return ALL_SLOTS;
    checkWhole("slot", slot, 0, this.#settings.modules - 1);
    return (1 << slot) >>> 0;
  }

  #silenceOf(slot: number): SilenceCause | undefined {
    if ((this.#killed >>> slot) & 1) return "killed";
    return (this.#paused >>> slot) & 1 ? "paused" : undefined;
  }

  #stateOf(slot: number): SlotState {
    return this.#silenceOf(slot) ?? "sending";
  }

  #logFailure(slot: number, error: unknown): void {
    const { addresses, target, log } = this.#settings;
    new StageLog("simulator", log).warning(
      `cannot send from ${addresses[slot]} to ${hostPort(target)}: ${messageOf(error)}; the run ` +
        "continues, further failures are only counted",
      { fields: { slot, from: addresses[slot], target: hostPort(target) } },
    );
  }
}
