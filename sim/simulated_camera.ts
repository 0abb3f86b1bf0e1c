import { highU32, lowU32 } from "../lib/wire/tack.ts";
import { checkRate } from "./check_option.ts";
import { ReadoutTimes } from "./readout_times.ts";
import { openScene } from "./scene/open_scene.ts";
import { SimulatedModule } from "./simulated_module.ts";
import type { SimulationSettings } from "./simulation_options.ts";

/** TACK time of the first readout after a reset: the counter started one second before. */
export const RESET_TACK_NS = 1_000_000_000n;

/** Largest number of segments that are kept. */
const MAX_SEGMENTS = 65_536;

/**
 * Readouts with one rate and without a TACK reset between them.
 *
 * In it, readout j of every module has `tPrim` = firstTackNs + round((j - firstReadout) x 1e9 /
 * rate), and `tAux` likewise from firstAuxNs on. Both overflow at 2^64 to 0, as a 64-bit counter does.
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

/** A packet of a simulated module. The module's next packet uses the same memory. */
export interface SimulatedPacket {
  /** The module's slot, 0..31. */
  slot: number;
  /** Index of its first readout among the module's, from 0. */
  firstReadout: number;
  /** The datagram. */
  bytes: Uint8Array<ArrayBuffer>;
  /**
   * The ADC words of its readouts as the scene made them, 64 each, before they were packed: only of a
   * camera that keeps them. A longer packet before may have left more words behind them.
   */
  signal?: Uint16Array | undefined;
}

/** The packets of one moment: one from each module, with readouts of the same times. */
export interface SimulatedTick {
  /** Index of the packets' first readout among a module's, from 0. */
  firstReadout: number;
  /** Readouts in each packet. */
  readouts: number;
  /** Time of their first readout: camera time, ms (TACK without its resets). */
  firstMs: number;
  /** End of the period of their last readout: camera time, ms. */
  takenMs: number;
  /** By slot; the next tick uses the same array and packets. */
  packets: readonly SimulatedPacket[];
}

/** The tick that is being made. */
export type PlannedTick = Omit<SimulatedTick, "packets">;

/**
 * The camera's modules. They make one tick after another; rate and TACK may change in between.
 *
 * {@linkcode SimulatedCamera.segments} keeps the first 65536 segments. The camera continues after
 * these, but is then {@linkcode SimulatedCamera.forgetful}.
 */
export class SimulatedCamera {
  readonly #settings: SimulationSettings;
  readonly #modules: SimulatedModule[];
  /** Halves of the times of a tick's readouts, as `writeReadout` takes them. */
  readonly #halves: Uint32Array;
  /** Camera times of these readouts. */
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

  /** @param keepSignal whether packets have their {@linkcode SimulatedPacket.signal} */
  constructor(settings: SimulationSettings, { keepSignal = false } = {}) {
    const { modules, rate, readoutsPerPacket, firstTackNs, firstAuxNs } = settings;
    this.#settings = settings;
    const scene = openScene(settings);
    this.#modules = Array.from(
      { length: modules },
      (_, slot) => new SimulatedModule(slot, scene, settings, keepSignal),
    );
    this.#halves = new Uint32Array(4 * readoutsPerPacket);
    this.#cameraMs = new Float64Array(readoutsPerPacket);
    this.#segment = { firstReadout: 0, rate, firstTackNs, firstAuxNs };
    this.#times = new ReadoutTimes(rate);
    this.#segments.push(this.#segment);
  }

  /** Readouts of each module until now. */
  get readouts(): number {
    return this.#readouts;
  }

  /** Whether all requested readouts were made. */
  get done(): boolean {
    return this.#readouts >= this.#settings.readouts;
  }

  /** Camera time of the next readout, ms: the duration of all readouts until now. */
  get takenMs(): number {
    return this.#takenMs;
  }

  /** The present rate, readouts/s of each module. */
  get rate(): number {
    return this.#change?.rate ?? this.#segment.rate;
  }

  /** The segments with readouts; at least the first one. */
  get segments(): Segment[] {
    return this.#segments
      .filter(({ firstReadout }) => firstReadout === 0 || firstReadout < this.#readouts)
      .map((segment) => ({ ...segment }));
  }

  /** Whether {@linkcode SimulatedCamera.segments} is incomplete. */
  get forgetful(): boolean {
    return this.#forgetful;
  }

  /**
   * Changes the rate at the first tick that is not planned yet; TACK continues.
   *
   * @param rate readouts/s of each module, above 0 and up to 1e9
   * @throws {ConfigurationError} for another rate
   */
  setRate(rate: number): void {
    checkRate(rate);
    this.change({ rate });
  }

  /**
   * Resets the boards' counters: the first readout of the first tick that is not planned yet has the
   * TACK time {@linkcode RESET_TACK_NS}. The auxiliary stamps continue.
   */
  resetTack(): void {
    this.change({ firstTackNs: RESET_TACK_NS });
  }

  /** Begins a segment at the first tick that is not planned yet; values that are not given continue. */
  change(change: Partial<Omit<Segment, "firstReadout">>): void {
    this.#change = { ...this.#change, ...change };
  }

  /** Plans the next tick, unless one is planned. Its times are then fixed. Undefined at the end. */
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

  /** Makes the next tick; undefined at the end. */
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
    // A segment without readouts is replaced.
    if (before.firstReadout === this.#readouts && !this.#forgetful) this.#segments.pop();
    if (this.#segments.length < MAX_SEGMENTS) this.#segments.push(this.#segment);
    else this.#forgetful = true;
  }
}

/** Writes the halves of a u64, high before low; bits above 2^64 are dropped. */
function setU64(halves: Uint32Array, at: number, value: bigint): void {
  halves[at] = highU32(value);
  halves[at + 1] = lowU32(value);
}
