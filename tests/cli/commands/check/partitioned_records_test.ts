import { PartitionedRecords } from "../../../../cli/commands/check/partitioned_records.ts";
import { OperationError } from "../../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";
import { fc } from "../../../property.ts";
import { replaced } from "../../../replaced.ts";

/** All first words of a partition's records. */
function read(records: PartitionedRecords, partition: number): number[] {
  return Array.from(
    records.blocksOf(partition),
    (block) => [...block].filter((_, i) => i % 8 === 0),
  )
    .flat();
}

Deno.test("records come back from memory and from a file in their order, also twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { maxLength: 400 }),
      fc.constantFrom(0, 1000, 100_000),
      (places, bufferBytes) => {
        using records = new PartitionedRecords(4, bufferBytes);
        const expected: number[][] = [[], [], [], []];
        for (const [index, partition] of places.entries()) {
          records.add(partition, Uint32Array.of(index, 1, 2, 3, 4, 5, 6, 7));
          expected[partition]?.push(index);
        }
        for (const _ of [1, 2]) {
          assertEquals(expected.map((_, partition) => read(records, partition)), expected);
        }
        assertEquals([...records.counts], expected.map(({ length }) => length));
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("records that cannot go to a file are an error that says what to do", () => {
  const add = (records: PartitionedRecords) => {
    for (let index = 0; index < 10; index++) records.add(0, new Uint32Array(8).fill(index));
  };
  const full = () => {
    throw new Error("No space left on device (os error 28)");
  };
  {
    using _ = replaced(Deno, "makeTempFileSync", full);
    using records = new PartitionedRecords(1, 0);
    assertThrows(() => add(records), OperationError, "No space left on device; set TMPDIR to");
  }
  {
    using _ = replaced(Deno.FsFile.prototype, "writeSync", full);
    using records = new PartitionedRecords(1, 0);
    assertThrows(() => add(records), OperationError, "No space left on device; set TMPDIR to");
  }
  using records = new PartitionedRecords(1, 0);
  add(records);
  using _ = replaced(Deno.FsFile.prototype, "readSync", () => null);
  assertThrows(() => read(records, 0), OperationError, "it ends too early");
});

Deno.test("the file of records has no name, so that nothing can be left of it", () => {
  const made: string[] = [];
  const { makeTempFileSync } = Deno;
  using _ = replaced(Deno, "makeTempFileSync", (options) => {
    made.push(makeTempFileSync(options));
    return made.at(-1) ?? "";
  });
  using records = new PartitionedRecords(1, 0);
  for (let index = 0; index < 10; index++) records.add(0, new Uint32Array(8).fill(index));
  assertEquals(made.length, 1);
  assertThrows(() => Deno.statSync(made[0] ?? ""), Deno.errors.NotFound);
  assertEquals(read(records, 0).length, 10);
});
