import { messageOf } from "../lib/errors.ts";
import { yieldToEventLoop } from "./clock.ts";
import type { PacketSender } from "./packet_sender.ts";
import { type SimulatedTick, simulatedTicks } from "./simulated_packets.ts";
import {
  type SimulatorOptions,
  type SimulatorSettings,
  simulatorSettings,
} from "./simulator_options.ts";
import type { SimulatorSummary, SlotSummary } from "./simulator_summary.ts";

/** After so many packets without a pause the event loop gets its turn: half a millisecond. */
const PACKETS_PER_TURN = 64;

/**
 * Sends what the modules of a camera would, each from an address of its own.
 *
 * The modules' packets are sent together, when their last readout has been taken. That moment is
 * computed from the readout's index, so lateness never adds up; behind schedule, packets follow each
 * other without a pause until it is caught up, and none is skipped. Nothing is queued: the packets
 * of one moment are under way at a time.
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
  readonly #slots: SlotSummary[];
  #bytesSent = 0;
  #sendErrors = 0;
  #takenMs = 0;
  #startMs?: number;
  #endMs?: number;

  /** @throws {ConfigurationError} naming the option, its value and what to give instead */
  constructor(options: SimulatorOptions = {}) {
    this.#settings = simulatorSettings(options);
    this.#slots = this.#settings.addresses.map((address, slot) => ({
      slot,
      address,
      packets: 0,
      readouts: 0,
    }));
  }

  /** The summary so far, as a copy: for a status line while the simulator runs. */
  get progress(): SimulatorSummary {
    const { modules, firstTackNs, firstAuxNs, clock } = this.#settings;
    const startMs = this.#startMs ?? 0;
    const nowMs = this.#startMs === undefined ? 0 : this.#endMs ?? clock.nowMs();
    return {
      modules,
      readoutsSent: this.#slots.reduce((total, { readouts }) => total + readouts, 0),
      packetsSent: this.#slots.reduce((total, { packets }) => total + packets, 0),
      bytesSent: this.#bytesSent,
      sendErrors: this.#sendErrors,
      elapsedMs: nowMs - startMs,
      tackSeconds: this.#takenMs / 1000,
      firstTackNs,
      firstAuxNs,
      slots: this.#slots.map((slot) => ({ ...slot })),
    };
  }

  /**
   * Sends until all readouts are sent, or the signal aborts: then the packets under way, one a
   * module, are the last. A packet that cannot be sent is counted, and the run goes on. A simulator
   * runs once.
   *
   * @throws {ConfigurationError} when the target's name is unknown or a module's address not this
   * host's; nothing has been sent then
   */
  async run(signal?: AbortSignal): Promise<SimulatorSummary> {
    if (this.#startMs !== undefined) throw new Error("a Simulator runs once; make another");
    const { clock, transport } = this.#settings;
    this.#startMs = clock.nowMs();
    let sender: PacketSender | undefined;
    try {
      sender = await transport();
      this.#startMs = clock.nowMs();
      await this.#sendAll(sender, this.#startMs, signal);
    } finally {
      this.#endMs = clock.nowMs();
      sender?.close();
    }
    return this.progress;
  }

  async #sendAll(sender: PacketSender, startMs: number, signal?: AbortSignal): Promise<void> {
    const { clock, speed } = this.#settings;
    let packetsThisTurn = 0;
    for (const tick of simulatedTicks(this.#settings)) {
      const dueMs = startMs + tick.takenMs / speed;
      for (let nowMs = clock.nowMs(); nowMs < dueMs && !signal?.aborted; nowMs = clock.nowMs()) {
        await clock.sleep(dueMs - nowMs, signal);
        packetsThisTurn = 0;
      }
      if (packetsThisTurn >= PACKETS_PER_TURN) {
        await yieldToEventLoop();
        packetsThisTurn = 0;
      }
      if (signal?.aborted) return;
      packetsThisTurn += tick.packets.length;
      await this.#send(tick, sender);
    }
  }

  async #send({ packets, readouts, takenMs }: SimulatedTick, sender: PacketSender): Promise<void> {
    this.#takenMs = takenMs;
    const failures = await sender.send(packets);
    for (const { slot, bytes } of packets) this.#count(slot, 1, readouts, bytes.length);
    for (const { index, error } of failures) {
      const { slot, bytes } = packets[index];
      this.#count(slot, -1, -readouts, -bytes.length);
      if (this.#sendErrors++ === 0) this.#logFailure(slot, error);
    }
  }

  #count(slot: number, packets: number, readouts: number, bytes: number): void {
    this.#slots[slot].packets += packets;
    this.#slots[slot].readouts += readouts;
    this.#bytesSent += bytes;
  }

  #logFailure(slot: number, error: unknown): void {
    const { addresses, target: { hostname, port }, log } = this.#settings;
    log(
      `cannot send from ${addresses[slot]} to ${hostname}:${port}: ${messageOf(error)}; the run ` +
        "goes on, further failures are only counted",
    );
  }
}
