import type { FuzzTarget } from "./engine/fuzz_target.ts";
import { target as answers } from "./targets/answers_target.ts";
import { target as events } from "./targets/events_target.ts";
import { target as frames } from "./targets/frames_target.ts";
import { target as hdf5 } from "./targets/hdf5_target.ts";
import { target as http } from "./targets/http_target.ts";
import { target as packets } from "./targets/packets_target.ts";
import { target as texts } from "./targets/texts_target.ts";

/** Everything that gets bytes from strangers. */
export const TARGETS: readonly FuzzTarget[] = [
  packets,
  events,
  http,
  frames,
  answers,
  hdf5,
  texts,
];

/** Folder with the corpus of each target, from the root of the project. */
export const CORPUS = "tests/fuzz/corpus";

/** The module of a target, from the root of the project. */
export function moduleOf({ name }: FuzzTarget): string {
  return `tests/fuzz/targets/${name}_target.ts`;
}
