import type { ReplayRange } from "./replay_buffer.ts";
import { integer, objectOf, type Shape, u32 } from "../text/shape.ts";

/** Which start of a daemon numbers a run, in JSON; earlier versions do not say. */
export const EPOCH: Shape<number> = (value = 0, place) => u32(value, place);

/** What can be asked for again, in JSON. */
export const REPLAY_RANGE: Shape<ReplayRange> = objectOf<ReplayRange>({
  run: integer,
  epoch: EPOCH,
  from: integer,
  to: integer,
});
