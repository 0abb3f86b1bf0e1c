import type { FuzzTarget } from "../engine/fuzz_target.ts";
import { hang } from "./hang.ts";

/** Proves that the search finds inputs that never end. It is no part of `deno task fuzz`. */
export const target: FuzzTarget = {
  name: "hang",
  summary: "code that hangs",
  sources: ["tests/fuzz/targets/hang.ts"],
  maxBytes: 8,
  seeds: () => [],
  open: () => Promise.resolve({ run: hang, [Symbol.asyncDispose]: () => Promise.resolve() }),
};
