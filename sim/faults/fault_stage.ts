import type { RunRecord } from "../manifest/run_record.ts";
import type { SimulatedPacket } from "../simulated_camera.ts";
import { FaultDice } from "./fault_dice.ts";
import type { FaultSettings } from "./fault_options.ts";
import { applyFate } from "./packet_fate.ts";
import { type WaitingDatagram, WaitingDatagrams } from "./waiting_datagrams.ts";

/** Number of moments whose packets are sent together in a burst. */
const BURST_TICKS = 4;

/** The stage between the simulated camera and the sender: packets in, datagrams with faults out. */
export class FaultStage {
  /** Whether faults are made; if not, packets are not changed. */
  active = true;
  readonly #settings: FaultSettings;
  readonly #record: RunRecord;
  readonly #dice: FaultDice;
  readonly #waiting = new WaitingDatagrams();
  /** Packets that are sent after those of the next moment. */
  #held: WaitingDatagram[] = [];
  /** Packets that wait for a burst. */
  #gathered: WaitingDatagram[] = [];
  #ticks = 0;

  constructor(settings: FaultSettings, seed: number, record: RunRecord) {
    this.#settings = settings;
    this.#record = record;
    this.#dice = new FaultDice(settings, seed);
  }

  /** When the next datagram is due; Infinity when none waits. */
  get nextDueMs(): number {
    return this.#waiting.nextDueMs;
  }

  /**
   * Takes the packets of a moment, except those of silent modules.
   *
   * @param packets of all modules
   * @param isSilent whether a slot sends nothing
   * @param dueMs when they would be sent without faults
   */
  take(
    packets: readonly SimulatedPacket[],
    isSilent: (slot: number) => boolean,
    dueMs: number,
  ): void {
    const held = this.#held;
    this.#held = [];
    const seconds: WaitingDatagram[] = [];
    const out: WaitingDatagram[] = [];
    for (const packet of packets) {
      const { slot, firstReadout, bytes } = packet;
      // Also drawn for silent modules, so that they do not change the faults of the others.
      const drawn = this.#dice.draw(bytes.length);
      if (isSilent(slot)) continue;
      const fate = this.active && !this.#record.isFull ? drawn : PLAIN;
      if (fate.lost) {
        this.#record.fate({ slot, firstReadout, lost: true });
        continue;
      }
      if (isFault(fate)) {
        this.#record.fate({
          slot,
          firstReadout,
          ...(fate.reordered ? { reordered: true as const } : {}),
          datagrams: fate.datagrams.map(({ fate }) => ({ ...fate })),
        });
      }
      const copy = bytes.slice();
      fate.datagrams.forEach(({ fate: datagram, delayMs }, index) => {
        const waiting = {
          slot,
          firstReadout,
          copy: index,
          bytes: applyFate(copy, datagram),
          dueMs: dueMs + delayMs,
        };
        if (fate.reordered) this.#held.push(waiting);
        else if (index > 0) seconds.push(waiting);
        else out.push(waiting);
      });
    }
    out.push(...seconds, ...held.map((waiting) => ({ ...waiting, dueMs })));
    this.#pass(out, dueMs);
  }

  /** Removes and returns the datagrams that are due. */
  due(nowMs: number): WaitingDatagram[] {
    return this.#waiting.take(nowMs);
  }

  /** Removes and returns all datagrams, at the end of a run. */
  flush(): WaitingDatagram[] {
    const rest = [...this.#waiting.take(Infinity), ...this.#gathered, ...this.#held];
    this.#gathered = [];
    this.#held = [];
    return rest;
  }

  #pass(datagrams: readonly WaitingDatagram[], dueMs: number): void {
    if (!this.#settings.burst || !this.active) {
      for (const datagram of [...this.#gathered, ...datagrams]) this.#waiting.push(datagram);
      this.#gathered = [];
      return;
    }
    this.#gathered.push(...datagrams);
    if (++this.#ticks % BURST_TICKS !== 0) return;
    for (const datagram of this.#gathered) this.#waiting.push({ ...datagram, dueMs });
    this.#gathered = [];
  }
}

const PLAIN = {
  lost: false,
  reordered: false,
  datagrams: [{ fate: {}, delayMs: 0 }],
};

function isFault({ reordered, datagrams }: typeof PLAIN): boolean {
  return reordered || datagrams.length > 1 ||
    datagrams.some(({ fate }) => Object.keys(fate).length > 0);
}
