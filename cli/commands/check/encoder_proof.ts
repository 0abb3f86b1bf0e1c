import { itemAt } from "../../../lib/item_at.ts";
import { ExpectedTimes, type TimedSegment } from "./expected_times.ts";
import { LINES, type PacketByteOrder, PacketDecoder } from "./packet_decoder.ts";
import type { Problems } from "./problems.ts";

/** ADC word of 0 mV, which a dead pixel always has. */
const ZERO_WORD = 0x8000;

/** The longest packet. */
const MAX_READOUTS = 62;

/** What is known of a simulation without its packets. */
export interface Simulation {
  segments: readonly TimedSegment[];
  simulation: { byteOrder: PacketByteOrder; deadPixels?: readonly number[] };
}

/** A packet that the simulator made, and what it should contain. */
export interface MadePacket {
  slot: number;
  /** Index of its first readout among its module's. */
  firstReadout: number;
  made: Uint8Array;
  /** The ADC words of its signal, 64 for each readout. */
  signal: Uint16Array;
}

/**
 * Proves that the simulator packs its signal as docs/formats.md says. Every packet is decoded with the
 * check's own decoder, and compared with the signal and with the times that the manifest promises.
 * Without it, a packet that is made wrong would be stored wrong, and both would agree.
 */
export class EncoderProof {
  readonly #packet: PacketDecoder;
  readonly #problems: Problems;
  readonly #expected: ExpectedTimes;
  readonly #deadPixels: readonly number[];
  /** Times of the packet's readouts; packets of one moment have the same. */
  readonly #times = new Uint32Array(4 * MAX_READOUTS);
  #firstReadout = -1;
  #timed = 0;
  readonly #found = new Uint32Array(4);
  readonly #words = new Uint16Array(LINES);

  constructor({ segments, simulation }: Simulation, problems: Problems) {
    this.#packet = new PacketDecoder(simulation.byteOrder);
    this.#problems = problems;
    this.#expected = new ExpectedTimes(segments);
    this.#deadPixels = simulation.deadPixels ?? [];
  }

  /** Checks the next packet; packets of one moment follow each other. */
  check({ slot, firstReadout, made, signal }: MadePacket): void {
    const name = `the simulator's packet of slot ${slot} from readout ${firstReadout} on`;
    // Times may really look swapped, as after a reset within a packet: then a daemon refuses it.
    const refusal = this.#packet.read(made);
    if (refusal === "byteOrder") return;
    if (refusal !== undefined) {
      this.#problems.add(`${name} is malformed: ${refusal}`);
      return;
    }
    const { count } = this.#packet;
    this.#timesOf(firstReadout, count);
    for (let index = 0; index < count; index++) {
      if (!this.#hasTimes(index)) {
        this.#problems.add(`${name}: readout ${firstReadout + index} has other times than made`);
      }
      const line = this.#differentLine(index, signal);
      if (line !== undefined) {
        this.#problems.add(
          `${name}: raw line ${line} of readout ${firstReadout + index} is ` +
            `0x${itemAt(this.#words, line).toString(16)}, but its signal is ` +
            `0x${itemAt(signal, index * LINES + line).toString(16)}`,
        );
      }
    }
    for (const pixel of this.#deadPixels) {
      const word = signal[pixel % LINES];
      if (Math.floor(pixel / LINES) !== slot || word === ZERO_WORD) continue;
      this.#problems.add(`${name}: the dead raw line ${pixel % LINES} is not 0 mV`);
    }
  }

  #timesOf(firstReadout: number, count: number): void {
    if (this.#firstReadout === firstReadout && this.#timed >= count) return;
    for (let index = 0; index < count; index++) {
      this.#expected.into(firstReadout + index, this.#times, 4 * index);
    }
    this.#firstReadout = firstReadout;
    this.#timed = count;
  }

  #hasTimes(index: number): boolean {
    this.#packet.timesInto(index, this.#found);
    return this.#found.every((half, word) => half === this.#times[4 * index + word]);
  }

  /** The first raw line that differs from the signal. */
  #differentLine(index: number, signal: Uint16Array): number | undefined {
    const words = this.#words;
    this.#packet.wordsInto(index, words);
    for (let line = 0; line < LINES; line++) {
      if (words[line] !== signal[index * LINES + line]) return line;
    }
    return undefined;
  }
}
