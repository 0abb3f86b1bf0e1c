import { isUnclosed } from "../../lib/recording/hdf5/superblock.ts";
import { repairFile } from "../../lib/recording/repair/repair.ts";
import type { CallFailure } from "./call_failure.ts";
import { accountOf, type Ending, endingOf } from "./ending.ts";
import { FailingProcess } from "./failing_process.ts";
import type { Feed } from "./feed.ts";
import { checkRising, filesIn, numbersIn } from "./recorded_numbers.ts";

/** What a recorder prints, as far as it is looked at. */
interface Account {
  brokenIdentities: string[];
  ledger: { recorder: { stored: number; missed: number } };
}

/**
 * Lets a call of a recorder fail. The files must open, or `repair` makes them open; and they have
 * every event that the recorder counted as stored.
 *
 * @param folder an empty folder for its files
 * @returns how it ended; undefined if the call never came
 * @throws {Error} with what is not as it must be
 */
export async function failRecorder(
  { endpoint, control }: Feed,
  failure: CallFailure,
  folder: string,
): Promise<Ending | undefined> {
  await using recorder = await FailingProcess.start(
    [
      ...["record", "--folder", folder, "--prefix", "p", "--enumerate", "order"],
      ...["--max-size", "200kB", "--sync", "--compression", "none", "--duration", "1300ms"],
      ...["-e", endpoint, "--fill-gaps", control, "--control", "127.0.0.1:0", "--json"],
      ...["--log-file", `${folder}/log`],
    ],
    failure,
    folder,
  );
  await recorder.until("it ends", () => false);
  const ended = await recorder.settled();
  if ((await recorder.injected()).length === 0 && ended.code === 0) return undefined;
  const ending = endingOf(ended, failure.kind.mayEndRuntime ?? false);
  const account = accountOf<Account>(ended);
  if (account === undefined && ending === "went on") throw new Error("it printed no account");
  for (const name of filesIn(folder)) {
    const path = `${folder}/${name}`;
    if (!isUnclosed(path)) continue;
    if (ending === "went on") throw new Error(`${name} is not closed`);
    await repairFile(path);
  }
  const numbers = await numbersIn(folder);
  const { stored = 0, missed = 0 } = account?.ledger.recorder ?? {};
  if (numbers.length < stored) {
    throw new Error(`${stored} events were counted as stored, ${numbers.length} are in the files`);
  }
  // What the replay buffer no longer has is missed, before the first event.
  const [first = 1] = numbers;
  if (missed < first) checkRising(numbers, first);
  return ending;
}
