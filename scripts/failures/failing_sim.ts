import type { CallFailure } from "./call_failure.ts";
import { accountOf, type Ending, endingOf } from "./ending.ts";
import { FailingProcess } from "./failing_process.ts";

const READOUTS = 20;
const MODULES = 32;

/** Port of the discard protocol: nobody listens there. */
const NOBODY = "127.0.0.1:9";

/** What a simulator prints, as far as it is looked at. */
interface Account {
  packetsSent: number;
  readoutsSent: number;
  sendErrors: number;
}

/**
 * Lets a call of a simulator fail, which writes a manifest at its end.
 *
 * @param folder an empty folder for the manifest
 * @returns how it ended; undefined if the call never came
 * @throws {Error} with what is not as it must be
 */
export async function failSim(failure: CallFailure, folder: string): Promise<Ending | undefined> {
  const manifest = `${folder}/manifest.json`;
  await using sim = await FailingProcess.start(
    [
      ...["sim", "--target", NOBODY, "--readouts", String(READOUTS), "--speed", "max", "--json"],
      ...["--manifest", manifest, "--log-file", `${folder}/log`],
    ],
    failure,
    folder,
  );
  await sim.until("it ends", () => false);
  const ended = await sim.settled();
  if ((await sim.injected()).length === 0 && ended.code === 0) return undefined;
  const ending = endingOf(ended, failure.kind.mayEndRuntime ?? false);
  const isWritten = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .includes("manifest.json");
  if (isWritten) JSON.parse(Deno.readTextFileSync(manifest));
  if (ending !== "went on") return ending;
  if (!isWritten) throw new Error("it wrote no manifest");
  const account = accountOf<Account & { brokenIdentities?: string[] }>(ended);
  if (account === undefined) throw new Error("it printed no account");
  const { packetsSent, sendErrors } = account;
  // Packets of ten readouts.
  if (packetsSent + sendErrors !== MODULES * READOUTS / 10) {
    throw new Error(`${packetsSent} packets were sent and ${sendErrors} were not`);
  }
  return ending;
}
