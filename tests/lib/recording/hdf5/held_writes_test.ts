import { HeldWrites } from "../../../../lib/recording/hdf5/held_writes.ts";
import { assertEquals } from "../../../assert.ts";
import { fc } from "../../../property.ts";

const FILE_BYTES = 64;

/** A write or a cut, as HDF5 makes it. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ at: fc.nat(70), bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }) }),
  },
  { weight: 1, arbitrary: fc.record({ cutTo: fc.nat(80) }) },
);

/** A file of this content after a write. */
function written(file: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.max(file.length, at + bytes.length));
  result.set(file);
  result.set(bytes, at);
  return result;
}

function cut(file: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(file.subarray(0, length));
  return result;
}

Deno.test("what is held reads as if it was written, and makes the same file when it is", () => {
  const start = Uint8Array.from({ length: FILE_BYTES }, (_, index) => index + 1);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const held = new HeldWrites();
      held.restart(FILE_BYTES);
      let real: Uint8Array = start.slice();
      let disk: Uint8Array = start.slice();
      for (const step of steps) {
        if ("cutTo" in step) {
          real = cut(real, step.cutTo);
          if (!held.takeCut(step.cutTo)) disk = cut(disk, step.cutTo);
        } else {
          real = written(real, step.at, step.bytes);
          const taken = held.take(step.at, step.bytes) ?? 0;
          if (taken < step.bytes.length) {
            disk = written(disk, step.at + taken, step.bytes.subarray(taken));
          }
        }
      }
      const read = disk.slice();
      held.patch(0, read);
      const common = Math.min(real.length, read.length);
      assertEquals(read.slice(0, common), real.slice(0, common));
      // Below the safe end nothing has changed on the disk.
      assertEquals(disk.slice(0, FILE_BYTES), start);
      const { cutTo, regions } = held.result();
      let applied = cutTo === undefined ? disk : cut(disk, cutTo);
      for (const { at, bytes } of regions) applied = written(applied, at, bytes);
      const length = Math.min(FILE_BYTES, real.length, applied.length);
      assertEquals(applied.slice(0, length), real.slice(0, length));
    }),
    { numRuns: 500 },
  );
});

Deno.test("what is held is bounded, and a write that is too much is refused", () => {
  const held = new HeldWrites();
  held.restart(2 ** 40);
  const bytes = new Uint8Array(2 ** 20);
  for (let count = 0; count < 64; count++) assertEquals(held.take(0, bytes), bytes.length);
  assertEquals(held.take(0, bytes), undefined);
  assertEquals(held.bytes, 64 * 2 ** 20);
});
