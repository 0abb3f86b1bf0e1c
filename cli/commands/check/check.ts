import { ConfigurationError, OperationError, reasonOf } from "../../../lib/errors.ts";
import { checkOpenable } from "../../../lib/files/file_kind.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeRow } from "../../../lib/recording/table/row.ts";
import { sleep } from "../../../lib/time/sleep.ts";
import type { Manifest } from "../../../sim/manifest/manifest.ts";
import { packetsOf } from "../../../sim/manifest/manifest_replay.ts";
import { parseManifest } from "../../../sim/manifest/parse_manifest.ts";
import { defineCommand } from "../../command.ts";
import { list } from "../../options/option.ts";
import { text } from "../../options/value.ts";
import { count } from "../../terminal/format.ts";
import { type Account, closeAccount } from "./account.ts";
import { Problems } from "./problems.ts";
import { RecorderCounters } from "./recorder_counters.ts";
import { readReportedAccounts } from "./reported_accounts.ts";
import { type Fate, FATES, SentReadouts } from "./sent_readouts.ts";
import { StoredEvents } from "./stored_events.ts";

/** After this many packets, the status line is written and signals are handled. */
const PACKETS_PER_TURN = 1000;

/** The fates of readouts, in words. */
const WORDS: Record<Fate, string> = {
  stored: "in the files, as they were made",
  altered: "in the files, as they were received: a fault changed them",
  lost: "never sent: the simulator lost their packets",
  killed: "never sent: their modules were dead",
  paused: "never sent: their modules were paused",
  sendError: "never sent: the simulator's host refused to send their packets",
  malformed: "sent in packets that the daemon refuses",
  cut: "not sent: a fault cut them off their packets",
  missing: "sent, but in no file: late, duplicate, dropped, or in an event that is not stored",
};

/** `ssdaq check`: proves that the account closes, from the simulator to the files. */
export const check = defineCommand({
  name: "check",
  summary: "prove that every simulated readout is stored exactly, or explained by a counter",
  usage: "check --manifest OUT.json FILE.h5... [options]",
  maxOperands: 10_000,
  options: {
    manifest: list(text, {
      placeholder: "FILE",
      help: "file that ssdaq sim --manifest wrote",
    }),
    status: list(text, {
      placeholder: "FILE",
      help: "JSON summary of a daemon or recorder, or the last status of the daemon",
    }),
  },
  examples: [
    ["ssdaq check --manifest out.json run.h5", "when every readout must be stored"],
    [
      "ssdaq check --manifest out.json --status daemon.json a.h5 b.h5",
      "two files of one recording, with the daemon's counters",
    ],
  ],
  notes:
    "Give all files of one recorder, the files of each run in order. Exits with 1 if one readout is\n" +
    "not explained. Give the manifest of each simulator and the status of each daemon. If a\n" +
    "recorder failed, give its status too: no file tells which events it could not write.",
  async run({ values, operands, terminal, signal }) {
    if (values.manifest.length === 0) {
      throw new ConfigurationError(
        "check: no manifest; give --manifest FILE, which ssdaq sim --manifest wrote",
      );
    }
    if (operands.length === 0) {
      throw new ConfigurationError("check: no file; give FILE.h5, see ssdaq check --help");
    }
    const manifests = values.manifest.map(readManifest);
    const { daemon, unstored } = readReportedAccounts(values.status);
    const problems = new Problems();
    const sent = await rebuildPackets(manifests, signal, (line) => terminal.status(line));
    const stored = new StoredEvents(sent, problems);
    const recorder = new RecorderCounters();
    for (const path of operands) {
      using reader = await TableReader.open(path);
      recorder.add(reader);
      await addFile(stored, reader, signal, (line) => terminal.status(line));
    }
    const account = closeAccount(
      sent,
      stored,
      daemon,
      { missed: recorder.missed, unstored },
      problems,
    );
    return {
      ok: problems.count === 0,
      data: {
        command: "check",
        ok: problems.count === 0,
        ...account,
        runs: stored.runs,
        unexplained: problems.count,
        problems: problems.texts,
      },
      text: accountText(account, problems),
    };
  },
});

function readManifest(path: string): Manifest {
  try {
    checkOpenable(path);
    return parseManifest(Deno.readTextFileSync(path));
  } catch (error) {
    throw new OperationError(
      `cannot read ${path}: ${reasonOf(error)}; give a file that ssdaq sim --manifest wrote`,
      { cause: error },
    );
  }
}

/** Makes every packet of the simulations again, together with what was sent of it. */
async function rebuildPackets(
  manifests: readonly Manifest[],
  signal: AbortSignal,
  status: (line: string) => void,
): Promise<SentReadouts> {
  // Without a manifest there are no packets: the byte order does not matter.
  const [byteOrder = "big", another] = new Set(
    manifests.map(({ simulation }) => simulation.byteOrder),
  );
  if (another !== undefined) {
    throw new ConfigurationError(
      "check: the manifests have different byte orders; check them one by one",
    );
  }
  const sent = new SentReadouts(byteOrder);
  let packets = 0;
  for (const manifest of manifests) {
    for (const packet of packetsOf(manifest)) {
      sent.add(packet);
      if (++packets % PACKETS_PER_TURN !== 0) continue;
      status(`made ${count(sent.made)} readouts again`);
      await turn(signal);
    }
  }
  return sent;
}

async function addFile(
  stored: StoredEvents,
  reader: TableReader,
  signal: AbortSignal,
  status: (line: string) => void,
): Promise<void> {
  const { path } = reader;
  for (const { firstRow, rows, bytes } of reader.blocks()) {
    for (let index = 0; index < rows; index++) {
      stored.add(decodeRow(bytes, index * ROW_BYTES), `${path}, row ${firstRow + index}`);
    }
    status(`compared ${count(firstRow + rows)} of ${count(reader.rows)} events in ${path}`);
    await turn(signal);
  }
}

/** Lets signals be handled. */
async function turn(signal: AbortSignal): Promise<void> {
  await sleep(0);
  if (signal.aborted) throw new OperationError("interrupted: the check is not complete");
}

function accountText(
  { made, fates, events, eventsNotStored, named, eventsNamed }: Account,
  problems: Problems,
): string {
  const shown = FATES.filter((fate) => fates[fate] > 0 || fate === "stored");
  const notStored = eventsNotStored === null ? "" : `, ${count(eventsNotStored)} not stored`;
  return [
    `${count(made)} readouts made, ${count(events)} events stored${notStored}`,
    ...shown.map((fate) => line(fates[fate], fate, WORDS[fate])),
    ...(named === null ? [] : [
      "missing readouts and second copies, by the daemon's counters",
      ...Object.entries(named).map(([name, number]) => line(number, name)),
    ]),
    ...(eventsNamed === null || eventsNotStored === 0 ? [] : [
      "events that are not stored, by counters",
      ...Object.entries(eventsNamed).map(([name, number]) => line(number, name)),
    ]),
    ...problems.texts.map((problem) => `UNEXPLAINED: ${problem}`),
    ...(problems.count > problems.texts.length ? ["UNEXPLAINED: ... and more"] : []),
    problems.count === 0
      ? "the account closes: every readout is explained"
      : `THE ACCOUNT DOES NOT CLOSE: ${count(problems.count)} unexplained`,
  ].join("\n");
}

function line(number: number, name: string, words = ""): string {
  return `${count(number).padStart(12)}  ${name.padEnd(words === "" ? 0 : 10)}${words}`.trimEnd();
}
