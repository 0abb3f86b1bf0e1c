import type { FuzzTarget } from "../engine/fuzz_target.ts";
import { toy } from "./toy.ts";

/** Proves that the search is not blind. It is no part of `deno task fuzz`. */
export const target: FuzzTarget = {
  name: "toy",
  summary: "code with a known defect",
  sources: ["tests/fuzz/targets/toy.ts"],
  maxBytes: 64,
  seeds: () => [],
  open: () =>
    Promise.resolve({
      run: toy,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
