import { ConfigurationError, OperationError, reasonOf } from "../../../lib/errors.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { readWholeBytes } from "../../../lib/files/read_whole.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { Turns } from "../../../lib/time/turns.ts";
import { packetsOf } from "../../../sim/manifest/manifest_replay.ts";
import { type IndexedManifest, indexManifest } from "../../../sim/manifest/fate_index.ts";
import { defineCommand } from "../../command.ts";
import { list } from "../../options/option.ts";
import { text } from "../../options/value.ts";
import { count } from "../../terminal/format.ts";
import { type Account, closeAccount } from "./account.ts";
import { compareAll } from "./compare_all.ts";
import { EncoderProof } from "./encoder_proof.ts";
import type { PacketByteOrder } from "./packet_decoder.ts";
import { Problems } from "./problems.ts";
import { ReadoutComparison } from "./readout_comparison.ts";
import { RecorderCounters } from "./recorder_counters.ts";
import { readReportedAccounts } from "./reported_accounts.ts";
import { type Fate, FATES, SentReadouts } from "./sent_readouts.ts";
import { RowDecoder } from "./row_decoder.ts";
import { RowProblems } from "./row_problems.ts";
import { StoredEvents } from "./stored_events.ts";

/** After this many packets, the status line is written, and signals may be handled. */
const PACKETS_PER_TURN = 1000;

/** Largest number of readouts in all manifests: 155 days of a camera at 10 readouts/s. */
const MAX_READOUTS = 2 ** 32;

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
    "recorder failed, give its status too: no file tells which events it could not write.\n" +
    "Temporary files need up to 64 bytes for each readout, in the folder TMPDIR, else in /var/tmp.",
  async run({ values, operands, terminal, signal }) {
    if (values.manifest.length === 0) {
      throw new ConfigurationError(
        "check: no manifest; give --manifest FILE, which ssdaq sim --manifest wrote",
      );
    }
    if (operands.length === 0) {
      throw new ConfigurationError("check: no file; give FILE.h5, see ssdaq check --help");
    }
    const { byteOrder, readouts } = sizeOf(values.manifest);
    const { daemon, unstored } = readReportedAccounts(values.status);
    const status = (line: string) => terminal.status(line);
    const turn = turnsUntil(signal);
    using comparison = new ReadoutComparison(readouts);
    const problems = new Problems();
    const sent = new SentReadouts(byteOrder, comparison);
    for (const path of values.manifest) {
      await rebuildPackets(readManifest(path), sent, problems, turn, status);
    }
    const rowProblems = new RowProblems();
    const stored = new StoredEvents(comparison, rowProblems);
    const recorder = new RecorderCounters();
    /** Number of the first row of each file among all rows. */
    const firstRows: number[] = [];
    for (const path of operands) {
      firstRows.push(stored.rows);
      using reader = await TableReader.open(path);
      recorder.add(reader);
      await addFile(stored, reader, turn, status);
    }
    const { storedReadouts } = comparison;
    for (const compared of compareAll(comparison, sent, stored, rowProblems)) {
      status(`compared ${count(compared)} of ${count(storedReadouts)} stored readouts`);
      await turn();
    }
    await rowProblems.tell(problems, (row) => eventAt(row, firstRows, operands));
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

/** The longest manifest that is read: of some million packets with faults. */
const MAX_MANIFEST_BYTES = 256 * 1024 ** 2;

function readManifest(path: string): IndexedManifest {
  try {
    return indexManifest(readWholeBytes(path, MAX_MANIFEST_BYTES));
  } catch (error) {
    throw new OperationError(
      `cannot read ${path}: ${reasonOf(error)}; give a file that ssdaq sim --manifest wrote`,
      { cause: error },
    );
  }
}

/**
 * Byte order and number of readouts of all manifests. Each is read again when it is its turn: the
 * faults of a night need more memory than all the rest.
 */
function sizeOf(paths: readonly string[]): { byteOrder: PacketByteOrder; readouts: number } {
  const byteOrders = new Set<PacketByteOrder>();
  let readouts = 0;
  for (const path of paths) {
    const { manifest } = readManifest(path);
    byteOrders.add(manifest.simulation.byteOrder);
    readouts += manifest.readouts * manifest.simulation.modules;
  }
  if (byteOrders.size > 1) {
    throw new ConfigurationError(
      "check: the manifests have different byte orders; check them one by one",
    );
  }
  if (readouts > MAX_READOUTS) {
    throw new OperationError(
      `cannot check more than ${MAX_READOUTS} readouts at once; check a shorter simulation`,
    );
  }
  // Without a manifest there are no packets: the byte order does not matter.
  const [byteOrder = "big"] = byteOrders;
  return { byteOrder, readouts };
}

/** Makes every packet of a simulation again, together with what was sent of it. */
async function rebuildPackets(
  { manifest, fates }: IndexedManifest,
  sent: SentReadouts,
  problems: Problems,
  turn: () => Promise<void>,
  status: (line: string) => void,
): Promise<void> {
  const proof = new EncoderProof(manifest, problems);
  let packets = 0;
  for (const packet of packetsOf(manifest, fates)) {
    proof.check(packet);
    sent.add(packet);
    if (++packets % PACKETS_PER_TURN !== 0) continue;
    status(`made ${count(sent.made)} readouts again`);
    await turn();
  }
}

async function addFile(
  stored: StoredEvents,
  reader: TableReader,
  turn: () => Promise<void>,
  status: (line: string) => void,
): Promise<void> {
  const row = new RowDecoder();
  for (const { firstRow, rows, bytes } of reader.blocks()) {
    row.block(bytes);
    for (let index = 0; index < rows; index++) {
      row.row(index);
      stored.add(row);
    }
    status(`read ${count(firstRow + rows)} of ${count(reader.rows)} events in ${reader.path}`);
    await turn();
  }
}

/** Which event a row is, from its number among all rows. */
async function eventAt(
  ordinal: number,
  firstRows: readonly number[],
  paths: readonly string[],
): Promise<string> {
  const file = firstRows.findLastIndex((first) => first <= ordinal);
  const path = itemAt(paths, file);
  const index = ordinal - itemAt(firstRows, file);
  using reader = await TableReader.open(path);
  const row = new RowDecoder();
  row.block(reader.read(index, 1));
  const epoch = row.epoch === 0 ? "" : `, epoch ${row.epoch}`;
  return `${path}, row ${index}, event ${row.number} of run ${row.run}${epoch}`;
}

/** Lets signals be handled, often enough but not at each call. */
function turnsUntil(signal: AbortSignal): () => Promise<void> {
  const turns = new Turns();
  return async () => {
    if (!turns.isDue) return;
    await turns.rest(0);
    if (signal.aborted) throw new OperationError("interrupted: the check is not complete");
  };
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
