import { ConfigurationError, OperationError } from "../../lib/errors.ts";
import { repairFile, type RepairReport } from "../../lib/recording/repair/repair.ts";
import { repairText } from "../../lib/recording/repair/repair_text.ts";
import { defineCommand } from "../command.ts";

/** `ssdaq repair`: makes files readable after a kill or a power cut. */
export const repair = defineCommand({
  name: "repair",
  summary: "make files readable after a kill or a power cut",
  usage: "repair FILE.h5... [options]",
  maxOperands: Infinity,
  options: {},
  examples: [
    ["ssdaq repair run.h5", "a file that was closed is not changed"],
    ["ssdaq repair night.*.h5 --json", "many files, for scripts"],
  ],
  notes:
    "Files are repaired in place; a journal of record --sync is used and removed. If a file is torn\n" +
    "or damaged, all events that can be found in it are written to a new file with its name, and the\n" +
    "damaged one becomes FILE.torn. A file in which no event can be found, or that is being written,\n" +
    "is not changed; the other files are still repaired, and the exit code is 1.",
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
