import { Builder, type BuilderLedger, type BuilderOptions } from "../../../lib/builder/builder.ts";
import { newLedger } from "../../../lib/ledger/ledger.ts";
import type { CameraEvent } from "../../../lib/wire/event.ts";
import { encodePacket, PacketView } from "../../../lib/wire/packet.ts";

/** Where the tests' TACK starts: a Unix time in ns, above 2^53. */
export const START_NS = 1_790_000_000_000_000_001n;
/** 100 ms, the camera's own period. */
export const PERIOD_NS = 100_000_000n;

/** A builder under a virtual clock, fed by slot and TACK time, that keeps what it emits. */
export class CameraFeed {
  readonly ledger: BuilderLedger = newLedger("readouts", "events");
  readonly builder: Builder;
  readonly events: CameraEvent[] = [];
  /** Virtual monotonic time at which each event came out. */
  readonly emittedMs: number[] = [];
  nowMs = 1000;
  /** Whether all packets of a moment are added before the builder is asked for events. */
  isBatched = false;
  /** The wall clock at which packets are received, Unix s. */
  receiveSeconds = 1_790_000_000;
  readonly #view = new PacketView();

  constructor(options: BuilderOptions = {}) {
    this.builder = new Builder(options, this.ledger);
  }

  /** One packet of a slot; the ADC words of a readout all hold `word`. */
  packet(slot: number, tPrims: bigint[], word = 0x8000 + slot): void {
    const words = new Uint16Array(64).fill(word);
    const bytes = encodePacket(tPrims.map((tPrim) => ({ tPrim, tAux: tPrim + 7n, words })));
    this.#view.read(bytes, 0, bytes.length);
    this.builder.add({
      slot,
      packet: this.#view,
      nowMs: this.nowMs,
      receiveSeconds: this.receiveSeconds,
      receiveNanoseconds: 5,
    });
    if (!this.isBatched) this.#emit();
  }

  /** One readout of each of these slots, at one TACK time. */
  moment(slots: Iterable<number>, tPrim: bigint): void {
    for (const slot of slots) this.packet(slot, [tPrim]);
  }

  /** Lets time pass in which nothing comes: the builder is called only when it asked to be. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.builder.nextCallMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.builder.nextCallMs);
      const before = this.builder.nextCallMs;
      this.#emit();
      if (this.builder.nextCallMs <= before && this.builder.nextCallMs <= this.nowMs) {
        throw new Error("the builder asks to be called for a time that has passed");
      }
    }
    this.nowMs = endMs;
    this.#emit();
  }

  drain(): void {
    this.#keep(this.builder.drain());
  }

  #emit(): void {
    this.#keep(this.builder.emit(this.nowMs));
  }

  #keep(events: CameraEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.emittedMs.push(this.nowMs);
    }
  }
}

/** 0..count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
