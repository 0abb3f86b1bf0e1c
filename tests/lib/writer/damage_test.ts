import fc from "fast-check";
import { OperationError } from "../../../lib/errors.ts";
import { EventWriter } from "../../../lib/writer/event_writer.ts";
import { repairFile } from "../../../lib/writer/repair.ts";
import { assert, assertEquals } from "../../assert.ts";
import { inFolder, makeEvents } from "./fixtures.ts";

/** Most damage goes where HDF5 keeps its own records. */
const HEAD_BYTES = 16_000;

Deno.test("repairFile() repairs a damaged file or refuses it in one line, and then leaves it as it is", () =>
  inFolder(async (folder) => {
    await using writer = await EventWriter.open({
      destination: { file: `${folder}/living.h5` },
      provenance: {},
      account: () => ({ ledger: {} }),
    });
    writer.write(makeEvents(1, 100), 0);
    writer.tick(1000);
    const whole = Deno.readFileSync(`${folder}/living.h5`);
    const path = `${folder}/damaged.h5`;
    const flipped = fc.record({
      at: fc.oneof(fc.nat(HEAD_BYTES), fc.nat(whole.length - 1)),
      bit: fc.nat(7),
    }).map(({ at, bit }) => whole.with(at, whole[at] ^ 1 << bit));
    const truncated = fc.nat(whole.length).map((length) => whole.slice(0, length));
    await fc.assert(
      fc.asyncProperty(fc.oneof(flipped, truncated), async (bytes) => {
        Deno.writeFileSync(path, bytes);
        try {
          const { rows, lostRows } = await repairFile(path);
          assertEquals(rows + lostRows, 100);
        } catch (error) {
          assert(error instanceof OperationError, String(error));
          assert(!error.message.includes("\n"), error.message);
          assertEquals(Deno.readFileSync(path), new Uint8Array(bytes));
        }
        Deno.removeSync(path);
      }),
      { numRuns: 200 },
    );
  }));
