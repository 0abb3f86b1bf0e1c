import { OperationError } from "../../../lib/errors.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { type RunId, runKey } from "../../../lib/wire/run_id.ts";
import type { ReadoutComparison } from "./readout_comparison.ts";
import { CAMERA_SLOTS, type RowDecoder } from "./row_decoder.ts";
import { RowPart, type RowProblems } from "./row_problems.ts";

/** The event numbers of a run in the files. */
export interface StoredRun extends RunId {
  events: number;
  first: bigint;
  last: bigint;
}

/** Largest number of runs. A night of crashes has some hundreds. */
const MAX_RUNS = 2 ** 16;

/**
 * Checks the rows of files, and gives their readouts to the comparison with the sent ones. It keeps the
 * runs, at most 65 536; of rows it keeps nothing.
 */
export class StoredEvents {
  /** By slot: sent readouts that are stored, each counted once; known after the comparison. */
  readonly readouts: number[] = new Array<number>(CAMERA_SLOTS).fill(0);
  /** In the order of their first events. */
  readonly runs: StoredRun[] = [];
  /** Rows that were added. */
  rows = 0;
  readonly #byRun = new Map<bigint, StoredRun>();
  readonly #comparison: ReadoutComparison;
  readonly #problems: RowProblems;

  constructor(comparison: ReadoutComparison, problems: RowProblems) {
    this.#comparison = comparison;
    this.#problems = problems;
  }

  /** Events in the files. */
  get events(): number {
    return this.runs.reduce((total, { events }) => total + events, 0);
  }

  /**
   * Adds the next row.
   *
   * @throws {OperationError} when there are too many runs, or the temporary file cannot be written
   */
  add(row: RowDecoder): void {
    const ordinal = this.rows++;
    this.#addNumber(row, ordinal);
    const { mask, timeNs } = row;
    let least: bigint | undefined;
    for (let slot = 0; slot < CAMERA_SLOTS; slot++) {
      if (((mask >>> slot) & 1) === 0) {
        if (row.isEmpty(slot)) continue;
        const what = () => `slot ${slot} is not in the mask but has values`;
        this.#problems.add(ordinal, RowPart.slots + slot, what);
        continue;
      }
      const time = row.moduleTimeNs(slot);
      if (least === undefined || time < least) least = time;
      this.#comparison.addStored(row, slot, ordinal);
    }
    if (least === undefined) this.#problems.add(ordinal, RowPart.time, () => "it has no module");
    else if (least !== timeNs) {
      const what = () => `its time is ${timeNs}, but its earliest readout has ${least}`;
      this.#problems.add(ordinal, RowPart.time, what);
    }
  }

  /** Notes that a sent readout was found. */
  found(slot: number): void {
    this.readouts[slot] = itemAt(this.readouts, slot) + 1;
  }

  #addNumber({ run, epoch, number }: RowDecoder, ordinal: number): void {
    const key = runKey({ run, epoch });
    const stored = this.#byRun.get(key);
    if (stored === undefined) {
      if (this.runs.length === MAX_RUNS) {
        throw new OperationError(
          `cannot check files of more than ${MAX_RUNS} runs at once; check fewer files`,
        );
      }
      const first = { run, epoch, events: 1, first: number, last: number };
      this.#byRun.set(key, first);
      this.runs.push(first);
      return;
    }
    if (number <= stored.last) {
      const { last } = stored;
      this.#problems.add(ordinal, RowPart.number, () => `it is stored after event ${last}`);
      return;
    }
    stored.events++;
    stored.last = number;
  }
}
