import { ConfigurationError, OperationError } from "../../lib/errors.ts";
import { repairFile, type RepairReport } from "../../lib/recording/repair/repair.ts";
import { repairText } from "../../lib/recording/repair/repair_text.ts";
import { defineCommand } from "../command.ts";

/** `ssdaq repair`: makes the files of killed recorders readable. */
export const repair = defineCommand({
  name: "repair",
  summary: "make the files of killed recorders readable",
  usage: "repair FILE.h5... [options]",
  maxOperands: Infinity,
  options: {},
  examples: [
    ["ssdaq repair run.h5", "a file that was closed is not changed"],
    ["ssdaq repair night.*.h5 --json", "many files, for scripts"],
  ],
  notes:
    "Files are repaired in place. A file that cannot be repaired, or that is being written, is not\n" +
    "changed; the other files are still repaired, and the exit code is 1.",
  async run({ operands, terminal }) {
    if (operands.length === 0) {
      throw new ConfigurationError("repair: no file; give FILE.h5, see ssdaq repair --help");
    }
    const reports: RepairReport[] = [];
    const failures: OperationError[] = [];
    for (const path of operands) {
      terminal.status(`reading ${path}`);
      try {
        reports.push(await repairFile(path));
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        failures.push(error);
      }
    }
    terminal.endStatus();
    // The last failure is printed after the summary.
    for (const failure of failures.slice(0, -1)) terminal.error(failure);
    return {
      failure: failures.at(-1),
      data: reports.length === 0 ? undefined : { command: "repair", files: reports.map(dataOf) },
      text: reports.map(repairText).join("\n"),
    };
  },
});

function dataOf({ lastEvents, ...report }: RepairReport) {
  return {
    ...report,
    runs: lastEvents.map(({ run, epoch, number }) => ({ run, epoch, lastNumber: number })),
  };
}
