import { integer, objectOf, type Shape, u32 } from "../text/shape.ts";
import type { ReplayRange } from "./replay_buffer.ts";

/** Identifies the start of a daemon, in JSON. Earlier versions do not send it. */
export const EPOCH: Shape<number> = (value = 0, place) => u32(value, place);

/** A range of events in the replay buffer, in JSON. */
export const REPLAY_RANGE: Shape<ReplayRange> = objectOf<ReplayRange>({
  run: integer,
  epoch: EPOCH,
  from: integer,
  to: integer,
});
