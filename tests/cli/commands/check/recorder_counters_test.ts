import { RecorderCounters } from "../../../../cli/commands/check/recorder_counters.ts";
import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { LEDGER_COLUMNS } from "../../../../lib/recording/table/ledger_row.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";

/** A recorder that was started at a time, Unix s, and what it had missed row after row. */
interface Recorded {
  start: number;
  missed: readonly number[];
}

/** Writes a file with a row of the ledger for each number. */
async function write(file: string, { start, missed }: Recorded): Promise<void> {
  const ledger = newRecorderLedger();
  const writer = await EventWriter.open({
    destination: { file },
    compression: "none",
    provenance: {},
    now: () => new Date(start * 1000),
    account: () => ({ ledger }),
  });
  for (const [second, value] of missed.entries()) {
    ledger.recorder.missed = value;
    writer.tick(second * 1000);
  }
  await writer.close();
}

/** Takes the recorder's epoch out of each row, as in a file of an earlier version. */
function forgetRecorder(file: string, start: number): void {
  const bytes = Deno.readFileSync(file);
  const view = new DataView(bytes.buffer);
  const [startColumn, epochColumn] = ["start", "recorder_epoch"].map((name) =>
    LEDGER_COLUMNS.indexOf(name)
  );
  const epochAfter = 8 * ((epochColumn ?? NaN) - (startColumn ?? NaN));
  let rows = 0;
  for (let at = 0; at + epochAfter + 8 <= bytes.length; at++) {
    if (view.getBigUint64(at, true) !== BigInt(start)) continue;
    view.setBigUint64(at + epochAfter, 0n, true);
    rows++;
  }
  assert(rows > 0);
  Deno.writeFileSync(file, bytes);
}

/** What is counted of files that were written one after the other. */
function missedIn(recorded: readonly Recorded[], isEarlierVersion: boolean): Promise<number> {
  return inFolder(async (folder) => {
    const counters = new RecorderCounters();
    for (const [index, each] of recorded.entries()) {
      const file = `${folder}/${index}.h5`;
      await write(file, each);
      if (isEarlierVersion) forgetRecorder(file, each.start);
      using reader = await TableReader.open(file);
      counters.add(reader);
    }
    return counters.missed;
  });
}

const STARTED = 1_700_000_123;

Deno.test("check adds up what recorders missed, whether or not files tell them apart", async () => {
  const recorded = [
    { start: STARTED, missed: [0, 3, 5] },
    // Another one, of the same second.
    { start: STARTED, missed: [0, 2] },
    { start: STARTED + 60, missed: [4] },
  ];
  assertEquals(await missedIn(recorded, false), 5 + 2 + 4);
  assertEquals(await missedIn(recorded, true), 5 + 2 + 4);
});

Deno.test("check tells recorders of the same second apart by their epochs", async () => {
  const recorded = [{ start: STARTED, missed: [5] }, { start: STARTED, missed: [7] }];
  assertEquals(await missedIn(recorded, false), 5 + 7);
});

Deno.test("check counts once what a recorder of an earlier version missed before its next file", async () => {
  const recorded = [{ start: STARTED, missed: [1, 4] }, { start: STARTED, missed: [4, 6] }];
  assertEquals(await missedIn(recorded, true), 6);
});
