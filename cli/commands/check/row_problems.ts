import { MAX_TEXTS, type Problems } from "./problems.ts";

/** Which part of a row is wrong; the problems of a row are told in this order. */
export const RowPart = {
  number: 0,
  /** Slot 0; the other slots follow. */
  slots: 1,
  time: 33,
} as const;

/** A problem of a row. */
interface RowProblem {
  /** Number of the row among all rows. */
  row: number;
  part: number;
  /** What is wrong. */
  what: string;
}

/**
 * Problems of rows, which may be found in any order: the first twenty in the order of the rows, and the
 * number of all.
 */
export class RowProblems {
  /** The number of all. */
  count = 0;
  /** The first ones, in order. */
  readonly #first: RowProblem[] = [];

  /** @param what is only called when it belongs to the first ones */
  add(row: number, part: number, what: () => string): void {
    this.count++;
    const first = this.#first;
    const last = first.at(-1);
    if (first.length === MAX_TEXTS && last !== undefined && isBefore(last, { row, part })) return;
    const index = first.findIndex((other) => isBefore({ row, part }, other));
    first.splice(index < 0 ? first.length : index, 0, { row, part, what: what() });
    if (first.length > MAX_TEXTS) first.pop();
  }

  /**
   * Adds them to other problems.
   *
   * @param eventAt tells which event a row is
   */
  async tell(problems: Problems, eventAt: (row: number) => Promise<string>): Promise<void> {
    for (const { row, what } of this.#first) problems.add(`${await eventAt(row)}: ${what}`);
    problems.count += this.count - this.#first.length;
  }
}

function isBefore(a: Omit<RowProblem, "what">, b: Omit<RowProblem, "what">): boolean {
  return a.row < b.row || a.row === b.row && a.part < b.part;
}
