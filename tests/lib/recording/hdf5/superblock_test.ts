import {
  decodeSuperblock,
  SUPERBLOCK_BYTES,
  SuperblockFlag,
  superblockOf,
} from "../../../../lib/recording/hdf5/superblock.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";

/** A first block with a signature and a version, and with nothing else. */
function headOf(version: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(SUPERBLOCK_BYTES);
  head.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, version]);
  head[11] = 5;
  return head;
}

Deno.test("a first block has its end, its flags and a right checksum, and keeps all else", () => {
  const head = headOf(3);
  head[20] = 0xee;
  const flags = SuperblockFlag.writing | SuperblockFlag.swmr;
  const block = superblockOf(head, 2n ** 40n + 7n, flags);
  assertEquals(decodeSuperblock(block), {
    version: 3,
    flags,
    endBytes: 2n ** 40n + 7n,
    isSound: true,
  });
  assertEquals(block[20], 0xee);
  flipBits(block, 20, 1);
  assertEquals(decodeSuperblock(block).isSound, false);
});

Deno.test("a first block of a version without flags has none, whatever its bytes are", () => {
  assertEquals(decodeSuperblock(headOf(2)).flags, 0);
  assertEquals(decodeSuperblock(headOf(3)).flags, 5);
});

Deno.test("bytes that are no first block are refused with the reason", () => {
  assertThrows(() => decodeSuperblock(new Uint8Array()), Error, "it is empty");
  assertThrows(() => decodeSuperblock(new Uint8Array(48)), Error, "it is not HDF5");
  assertThrows(() => decodeSuperblock(headOf(3).subarray(0, 47)), Error, "it is cut off");
});
