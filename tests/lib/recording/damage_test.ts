import { OperationError } from "../../../lib/errors.ts";
import { FileSummary, type RunSummary } from "../../../lib/recording/read/file_summary.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { repairFile } from "../../../lib/recording/repair/repair.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeRow } from "../../../lib/recording/table/row.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals } from "../../assert.ts";
import { flipBits } from "../../elements.ts";
import { fc } from "../../property.ts";
import { inFolder, makeEvents } from "./fixtures.ts";

/** Most damage goes where HDF5 keeps its own records. */
const HEAD_BYTES = 16_000;

/** A file that is being written, with 100 events, as it lies on the disk. */
async function livingFile(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  await using writer = await EventWriter.open({
    destination: { file: `${folder}/living.h5` },
    provenance: {},
    account: () => ({ ledger: {} }),
  });
  writer.write(makeEvents(1, 100), 0);
  writer.tick(1000);
  return Deno.readFileSync(`${folder}/living.h5`);
}

/** A closed file with 100 events. */
async function closedFile(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const destination = { file: `${folder}/closed.h5` };
  const writer = await EventWriter.open({
    destination,
    provenance: {},
    account: () => ({ ledger: {} }),
  });
  writer.write(makeEvents(1, 100), 0);
  await writer.close();
  return Deno.readFileSync(destination.file);
}

/** What happens to the bytes of a file. */
type Damage = { at: number } & ({ bit: number } | { noise: Uint8Array } | { end: true });

/** Bits flipped, a stretch of noise, or an end too early. */
function damages(bytes: number): fc.Arbitrary<Damage> {
  const at = fc.oneof(fc.nat(HEAD_BYTES), fc.nat(bytes - 1));
  return fc.oneof(
    fc.record({ at, bit: fc.nat(7) }),
    fc.record({ at, noise: fc.uint8Array({ minLength: 1, maxLength: 64 }) }),
    fc.record({ at: fc.nat(bytes), end: fc.constant(true as const) }),
  );
}

function damaged(whole: Uint8Array<ArrayBuffer>, damage: Damage): Uint8Array<ArrayBuffer> {
  const { at } = damage;
  if ("end" in damage) return whole.slice(0, at);
  const bytes = whole.slice();
  if ("bit" in damage) flipBits(bytes, at, 1 << damage.bit);
  else bytes.set(damage.noise.subarray(0, whole.length - at), at);
  return bytes;
}

function summarize(reader: TableReader): RunSummary[] {
  const summary = new FileSummary();
  for (const { rows, bytes } of reader.blocks()) {
    for (let index = 0; index < rows; index++) summary.add(decodeRow(bytes, index * ROW_BYTES));
  }
  return summary.runs;
}

/** Whatever goes wrong is told in one line. */
function assertTold(error: unknown): void {
  assert(error instanceof OperationError, String(error));
  assert(!error.message.includes("\n"), error.message);
}

Deno.test("a damaged file is read in part or refused in one line, and others are read afterwards", () =>
  inFolder(async (folder) => {
    const path = `${folder}/damaged.h5`;
    const [living, closed] = [await livingFile(folder), await closedFile(folder)];
    await fc.assert(
      fc.asyncProperty(fc.boolean(), damages(closed.length), async (isLiving, damage) => {
        Deno.writeFileSync(path, damaged(isLiving ? living : closed, damage));
        try {
          using reader = await TableReader.open(path);
          summarize(reader);
          reader.account();
        } catch (error) {
          assertTold(error);
        }
        Deno.removeSync(path);
      }),
      { numRuns: 300 },
    );
    using reader = await TableReader.open(`${folder}/closed.h5`);
    assertEquals(summarize(reader).map(({ events }) => events), [100]);
  }));

Deno.test("repairFile() repairs a damaged file, salvages it or refuses it in one line, and keeps what was there", () =>
  inFolder(async (folder) => {
    const path = `${folder}/damaged.h5`;
    const living = await livingFile(folder);
    await fc.assert(
      fc.asyncProperty(damages(living.length), async (damage) => {
        const bytes = damaged(living, damage);
        Deno.writeFileSync(path, bytes);
        try {
          const { rows, lostRows, salvaged } = await repairFile(path);
          if (salvaged === undefined || salvaged.isLossKnown) assertEquals(rows + lostRows, 100);
          else assert(rows > 0 && rows <= 100);
          if (salvaged !== undefined) {
            const kept = Deno.readFileSync(salvaged.keptAs);
            assert(kept.length === bytes.length && kept.every((byte, at) => byte === bytes[at]));
            Deno.removeSync(salvaged.keptAs);
          }
        } catch (error) {
          assertTold(error);
          const left = Deno.readFileSync(path);
          assert(left.length === bytes.length && left.every((byte, at) => byte === bytes[at]));
        }
        Deno.removeSync(path);
      }),
      { numRuns: 200 },
    );
  }));
