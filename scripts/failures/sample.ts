import { itemAt } from "../../lib/item_at.ts";
import { Random } from "../../sim/random.ts";
import { CALL_KINDS, type CallFailure } from "./call_failure.ts";

/** The programs of failures. A recorder has most to lose. */
const PROGRAMS = ["record", "record", "daemon", "sim"] as const;

/**
 * Failures drawn at random; the same seed gives the same ones. A drawn call may never come.
 */
export function sampleFailures(count: number, seed: number): CallFailure[] {
  const chances = new Float64Array(4 * count);
  new Random(seed, 0).fill(chances, 0, 1);
  const draw = <Item extends NonNullable<unknown>>(items: readonly Item[], at: number) =>
    itemAt(items, Math.floor(itemAt(chances, at) * items.length));
  return Array.from({ length: count }, (_, index) => {
    const kind = draw(CALL_KINDS, 4 * index);
    return {
      program: draw(PROGRAMS, 4 * index + 1),
      kind,
      error: draw(kind.errors, 4 * index + 2),
      nth: 1 + Math.floor(itemAt(chances, 4 * index + 3) * kind.about),
    };
  });
}
