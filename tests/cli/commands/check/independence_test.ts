import { dirname, join } from "node:path/posix";
import { assert, assertEquals } from "../../../assert.ts";
import { allCaptured } from "../../../captured.ts";
import { readSource } from "../../../source_files.ts";

const FOLDER = "cli/commands/check";

/** What must not share a mistake with the daemon, the recorder and the simulator. */
const INDEPENDENT = [
  "packet_decoder",
  "row_decoder",
  "readout_record",
  "voltage_digest",
  "expected_times",
  "encoder_proof",
  "readout_comparison",
  "sent_readouts",
];

/** Where packets and rows are decoded and encoded for the others. */
const SHARED = [/^lib\/wire\/(?!run_id\.ts)/, /^lib\/recording\//, /^lib\/builder\//, /^sim\//];

/** All files that a file imports, also for types, and those that these import. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
  for (const path of allCaptured(readSource(file), /(?:\bfrom|\bimport)[\s(]*"(\.[^"]+\.ts)"/g)) {
    const target = join(dirname(file), path);
    if (reached.has(target)) continue;
    reached.add(target);
    reachedFrom(target, reached);
  }
  return reached;
}

function sharedIn(file: string): string[] {
  return [...reachedFrom(file)].filter((target) => SHARED.some((shared) => shared.test(target)));
}

Deno.test("what check decodes with reaches no file that daemon, recorder or simulator decodes or encodes with", () => {
  const found = INDEPENDENT.flatMap((name) =>
    sharedIn(`${FOLDER}/${name}.ts`).map((target) => `${name} reaches ${target}`)
  );
  assertEquals(found, []);
  // The command itself does, so that files are really followed.
  assert(sharedIn(`${FOLDER}/check.ts`).includes("lib/wire/packet.ts"));
});
