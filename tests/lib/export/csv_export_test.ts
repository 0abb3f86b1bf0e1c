import { exportCsv } from "../../../lib/export/csv_export.ts";
import type { Row } from "../../../lib/recording/table/row.ts";
import { assertEquals, assertGreater, assertLess } from "../../assert.ts";
import { upTo } from "../../up_to.ts";

const PIXELS = upTo(2048).map((number) => number - 1);
const MEBI = 2 ** 20;

async function* rows(): AsyncGenerator<Row> {
  for (const number of upTo(200)) {
    yield await Promise.resolve({
      ...{
        number: BigInt(number),
        run: 5n,
        timestampNs: 10n,
        mask: 0xffffffff,
        flags: 1,
        epoch: 9,
      },
      ...{ receiveTime: 3, receiveSeconds: 3n, receiveNanoseconds: 0n },
      ...{ millivolts: new Float32Array(2048).fill(number / 3), timesNs: new BigUint64Array(64) },
    });
  }
}

Deno.test("exportCsv() hands much text on in pieces, none of which grows with the file", async () => {
  const pieces: string[] = [];
  assertEquals(await exportCsv({ rows, pixels: PIXELS }, (text) => pieces.push(text)), 200);
  assertGreater(pieces.length, 3);
  for (const piece of pieces) assertLess(piece.length, 1.1 * MEBI);
  const lines = pieces.join("").trimEnd().split("\n");
  assertEquals(lines.slice(1).map((line) => line.split(",")[0]), upTo(200).map(String));
  for (const line of lines) assertEquals(line.split(",").length, 9 + 2048);
});
