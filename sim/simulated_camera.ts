import { highU32, lowU32 } from "../lib/wire/tack.ts";
import { checkRate } from "./check_option.ts";
import { ReadoutTimes } from "./readout_times.ts";
import { openScene } from "./scene/open_scene.ts";
import { SimulatedModule } from "./simulated_module.ts";
import type { SimulationSettings } from "./simulation_options.ts";

/** Where a board's TACK counter stands at the first readout after a reset: it began a second ago. */
export const RESET_TACK_NS = 1_000_000_000n;

/** Segments that are remembered, at most. */
const MAX_SEGMENTS = 65_536;

/**
 * Readouts at one rate and without a TACK reset between them.
 *
 * Within it, readout j of every module has `tPrim` = firstTackNs + round((j - firstReadout) x 1e9 /
 * rate), and `tAux` the same from firstAuxNs on; both go through 2^64 to 0 as a counter of 64 bits.
 */
export interface Segment {
  /** Index among a module's readouts, from 0. */
  firstReadout: number;
  /** Readouts/s of a module. */
  rate: number;
  /** TACK time of the first readout, u64 ns. */
  firstTackNs: bigint;
  /** Auxiliary stamp of the first readout, u64 ns. */
  firstAuxNs: bigint;
}

/** A packet of a simulated module. Its memory is used again for the module's next packet. */
export interface SimulatedPacket {
  /** The module's slot, 0..31. */
  slot: number;
  /** Index of its first readout among the module's, from 0. */
  firstReadout: number;
  /** The datagram. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What the modules send at one moment: a packet each, with readouts of the same times. */
export interface SimulatedTick {
  /** Index of the packets' first readout among a module's, from 0. */
  firstReadout: number;
  /** Readouts in each packet. */
  readouts: number;
  /** When their first readout is taken: camera time in ms, which is TACK without its resets. */
  firstMs: number;
  /** When their last readout has been taken, with its period: camera time in ms. */
  takenMs: number;
  /** By slot; the array and its packets are used again for the next tick. */
  packets: readonly SimulatedPacket[];
}

/** The tick that is being taken. */
export type PlannedTick = Omit<SimulatedTick, "packets">;

/**
 * The camera's modules, making one tick after another; the rate and TACK may change in between.
 *
 * Of segments, {@linkcode SimulatedCamera.segments} remembers the first 65536; the camera goes on
 * beyond them, but is then {@linkcode SimulatedCamera.forgetful}.
 */
export class SimulatedCamera {
  readonly #settings: SimulationSettings;
  readonly #modules: SimulatedModule[];
  /** Halves of the times of a tick's readouts, as `writeReadout` takes them. */
  readonly #halves: Uint32Array;
  /** Camera time of each of these readouts. */
  readonly #cameraMs: Float64Array;
  readonly #segments: Segment[] = [];
  #segment: Segment;
  #times: ReadoutTimes;
  /** Camera time of the segment's first readout, ms. */
  #segmentMs = 0;
  #change: Partial<Omit<Segment, "firstReadout">> | undefined;
  #planned: PlannedTick | undefined;
  #readouts = 0;
  #takenMs = 0;
  #forgetful = false;

  constructor(settings: SimulationSettings) {
    const { modules, rate, readoutsPerPacket, firstTackNs, firstAuxNs } = settings;
    this.#settings = settings;
    const scene = openScene(settings);
    this.#modules = Array.from(
      { length: modules },
      (_, slot) => new SimulatedModule(slot, scene, settings),
    );
    this.#halves = new Uint32Array(4 * readoutsPerPacket);
    this.#cameraMs = new Float64Array(readoutsPerPacket);
    this.#segment = { firstReadout: 0, rate, firstTackNs, firstAuxNs };
    this.#times = new ReadoutTimes(rate);
    this.#segments.push(this.#segment);
  }

  /** Readouts made of each module. */
  get readouts(): number {
    return this.#readouts;
  }

  /** Whether all readouts there are to be have been made. */
  get done(): boolean {
    return this.#readouts >= this.#settings.readouts;
  }

  /** Camera time the readouts made so far cover, ms; the next readout is taken then. */
  get takenMs(): number {
    return this.#takenMs;
  }

  /** Readouts/s of each module, as last set. */
  get rate(): number {
    return this.#change?.rate ?? this.#segment.rate;
  }

  /** The segments that have readouts, and always the first. */
  get segments(): Segment[] {
    return this.#segments
      .filter(({ firstReadout }) => firstReadout === 0 || firstReadout < this.#readouts)
      .map((segment) => ({ ...segment }));
  }

  /** Whether {@linkcode SimulatedCamera.segments} lacks some. */
  get forgetful(): boolean {
    return this.#forgetful;
  }

  /**
   * Changes the rate from the first tick on that is not planned yet; TACK goes on.
   *
   * @param rate readouts/s of each module, above 0 and up to 1e9
   * @throws {ConfigurationError} when it is not
   */
  setRate(rate: number): void {
    checkRate(rate);
    this.change({ rate });
  }

  /**
   * Has the boards' counters begin again: the first readout of the first tick that is not planned
   * yet has the TACK time {@linkcode RESET_TACK_NS}. The auxiliary stamps go on.
   */
  resetTack(): void {
    this.change({ firstTackNs: RESET_TACK_NS });
  }

  /** Begins a segment with the first tick that is not planned yet; what is not given goes on. */
  change(change: Partial<Omit<Segment, "firstReadout">>): void {
    this.#change = { ...this.#change, ...change };
  }

  /** Plans the next tick, if none is planned: its times stand from then on. Undefined when done. */
  plan(): PlannedTick | undefined {
    if (this.#planned !== undefined) return this.#planned;
    if (this.done) return undefined;
    if (this.#change !== undefined) this.#beginSegment(this.#change);
    const firstReadout = this.#readouts;
    const readouts = Math.min(
      this.#settings.readoutsPerPacket,
      this.#settings.readouts - firstReadout,
    );
    const inSegment = firstReadout + readouts - this.#segment.firstReadout;
    const takenMs = this.#segmentMs + this.#times.durationMs(inSegment);
    this.#planned = { firstReadout, readouts, firstMs: this.#takenMs, takenMs };
    return this.#planned;
  }

  /** Makes the next tick; undefined when done. */
  take(): SimulatedTick | undefined {
    const planned = this.plan();
    if (planned === undefined) return undefined;
    const { firstReadout, readouts, takenMs } = planned;
    const { firstTackNs, firstAuxNs } = this.#segment;
    for (let i = 0; i < readouts; i++) {
      const inSegment = firstReadout + i - this.#segment.firstReadout;
      const offsetNs = this.#times.offsetNs(inSegment);
      this.#cameraMs[i] = this.#segmentMs + this.#times.durationMs(inSegment);
      setU64(this.#halves, 4 * i, firstTackNs + offsetNs);
      setU64(this.#halves, 4 * i + 2, firstAuxNs + offsetNs);
    }
    for (const module of this.#modules) {
      module.take(firstReadout, readouts, this.#halves, this.#cameraMs);
    }
    this.#planned = undefined;
    this.#readouts += readouts;
    this.#takenMs = takenMs;
    return { ...planned, packets: this.#modules };
  }

  #beginSegment({ rate, firstTackNs, firstAuxNs }: Partial<Segment>): void {
    const before = this.#segment;
    const offsetNs = this.#times.offsetNs(this.#readouts - before.firstReadout);
    this.#segment = {
      firstReadout: this.#readouts,
      rate: rate ?? before.rate,
      firstTackNs: firstTackNs ?? BigInt.asUintN(64, before.firstTackNs + offsetNs),
      firstAuxNs: firstAuxNs ?? BigInt.asUintN(64, before.firstAuxNs + offsetNs),
    };
    this.#times = new ReadoutTimes(this.#segment.rate);
    this.#segmentMs = this.#takenMs;
    this.#change = undefined;
    // One that has no readouts is replaced.
    if (before.firstReadout === this.#readouts && !this.#forgetful) this.#segments.pop();
    if (this.#segments.length < MAX_SEGMENTS) this.#segments.push(this.#segment);
    else this.#forgetful = true;
  }
}

/** Writes the halves of a u64, high before low; what is above 2^64 is dropped. */
function setU64(halves: Uint32Array, at: number, value: bigint): void {
  halves[at] = highU32(value);
  halves[at + 1] = lowU32(value);
}
