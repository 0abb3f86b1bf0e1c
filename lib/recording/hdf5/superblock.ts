/**
 * The first block of an HDF5 file, version 3, little-endian:
 *
 * | offset | type | what |
 * |---|---|---|
 * | 0 | 8 bytes | signature |
 * | 8 | u8 | version |
 * | 11 | u8 | flags: 1 open for writing, 4 others may read meanwhile (SWMR) |
 * | 28 | u64 | end of the file, as last known to its writer |
 * | 44 | u32 | lookup3 of all bytes before it |
 *
 * @module
 */

import { lookup3 } from "./lookup3.ts";

/** Size of the block. */
export const SUPERBLOCK_BYTES = 48;

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION_AT = 8;
const FLAGS_AT = 11;
const END_AT = 28;
const CHECKSUM_AT = 44;

/** Bits of {@linkcode Superblock.flags}. */
export const SuperblockFlag = { writing: 1, swmr: 4 } as const;

/** The contents of the block. */
export interface Superblock {
  /** 3 in the files of ssdaq. Other versions are not decoded. */
  version: number;
  /**
   * A sum of {@linkcode SuperblockFlag}. It is not 0 while a writer has the file open, or after the
   * writer was killed.
   */
  flags: number;
  /** End of the file, bytes. */
  endBytes: bigint;
  /** Whether the checksum is right. */
  isSound: boolean;
}

/**
 * Decodes the block at the start of a file.
 *
 * @param head the first bytes of the file, at most 48
 * @throws {Error} if this is not an HDF5 file
 */
export function decodeSuperblock(head: Uint8Array): Superblock {
  if (head.length === 0) throw new Error("it is empty");
  if (SIGNATURE.some((byte, index) => head[index] !== byte)) throw new Error("it is not HDF5");
  if (head.length < SUPERBLOCK_BYTES) throw new Error("it is cut off in its first block");
  const view = new DataView(head.buffer, head.byteOffset, SUPERBLOCK_BYTES);
  const version = view.getUint8(VERSION_AT);
  return {
    version,
    flags: version >= 3 ? view.getUint8(FLAGS_AT) : 0,
    endBytes: view.getBigUint64(END_AT, true),
    isSound: view.getUint32(CHECKSUM_AT, true) === lookup3(head.subarray(0, CHECKSUM_AT)),
  };
}

/** Makes the block of a file that ends at `endBytes`, with these flags, from its present block. */
export function superblockOf(
  head: Uint8Array,
  endBytes: bigint,
  flags: number,
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(head.subarray(0, SUPERBLOCK_BYTES));
  const view = new DataView(block.buffer);
  block[FLAGS_AT] = flags;
  view.setBigUint64(END_AT, endBytes, true);
  view.setUint32(CHECKSUM_AT, lookup3(block.subarray(0, CHECKSUM_AT)), true);
  return block;
}

/**
 * Whether a file has the mark of a writer: it is being written, or its writer was killed.
 *
 * @throws {Error} if this is not an HDF5 file, or it cannot be read
 */
export function isUnclosed(path: string): boolean {
  return decodeSuperblock(readHead(path)).flags !== 0;
}

/** Reads the first bytes of a file. */
export function readHead(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const head = new Uint8Array(SUPERBLOCK_BYTES);
  return head.subarray(0, file.readSync(head) ?? 0);
}
