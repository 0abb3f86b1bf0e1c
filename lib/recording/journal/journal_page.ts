/**
 * What a journal contains, little-endian:
 *
 * | offset | type | what |
 * |---|---|---|
 * | 0 | 8 bytes | `ssdaqJ1` and a newline |
 * | 8 | u64 | number of this journal page: 1, 2, ... |
 * | 16 | u64 | bytes after this head |
 * | 24 | u64 | size of the file when the page was written |
 * | 32 | u64 | the length that the file is cut to; 2^64 - 1 for none |
 * | 40 | u64 | number of regions |
 * | 48 | 32 bytes | SHA-256 of parts of the file that the page does not change |
 * | 80 | 32 bytes | SHA-256 of the 80 bytes before it, and of all after this head |
 * | 112 | | the regions: u64 offset in the file, u64 length, bytes |
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ByteStore } from "../hdf5/byte_store.ts";
import type { HeldResult } from "../hdf5/held_writes.ts";

/** A change of a file, and how to know the file. */
export interface JournalPage extends HeldResult {
  /** Number of the page. */
  sequence: number;
  /** Size of the file when the page was written. It may be larger since. */
  fileBytes: number;
  /** See {@linkcode fingerprintOf}. */
  fingerprint: Uint8Array;
}

const MAGIC = new TextEncoder().encode("ssdaqJ1\n");
const SEQUENCE_AT = 8;
const BODY_BYTES_AT = 16;
const FILE_BYTES_AT = 24;
const CUT_AT = 32;
const REGIONS_AT = 40;
const FINGERPRINT_AT = 48;
const CHECKSUM_AT = 80;
const HEAD_BYTES = 112;
const NO_CUT = 2n ** 64n - 1n;
const REGION_HEAD_BYTES = 16;

/** Encodes a page. */
export function encodeJournalPage(page: JournalPage): Uint8Array<ArrayBuffer> {
  const { regions, cutTo } = page;
  const bodyBytes = regions.reduce((sum, { bytes }) => sum + REGION_HEAD_BYTES + bytes.length, 0);
  const encoded = new Uint8Array(HEAD_BYTES + bodyBytes);
  const view = new DataView(encoded.buffer);
  encoded.set(MAGIC);
  view.setBigUint64(SEQUENCE_AT, BigInt(page.sequence), true);
  view.setBigUint64(BODY_BYTES_AT, BigInt(bodyBytes), true);
  view.setBigUint64(FILE_BYTES_AT, BigInt(page.fileBytes), true);
  view.setBigUint64(CUT_AT, cutTo === undefined ? NO_CUT : BigInt(cutTo), true);
  view.setBigUint64(REGIONS_AT, BigInt(regions.length), true);
  encoded.set(page.fingerprint, FINGERPRINT_AT);
  let at = HEAD_BYTES;
  for (const region of regions) {
    view.setBigUint64(at, BigInt(region.at), true);
    view.setBigUint64(at + 8, BigInt(region.bytes.length), true);
    encoded.set(region.bytes, at + REGION_HEAD_BYTES);
    at += REGION_HEAD_BYTES + region.bytes.length;
  }
  encoded.set(checksumOf(encoded), CHECKSUM_AT);
  return encoded;
}

/** Decodes a page; undefined if it is not whole. Bytes after it are ignored. */
export function decodeJournalPage(bytes: Uint8Array<ArrayBuffer>): JournalPage | undefined {
  if (bytes.length < HEAD_BYTES || !isEqual(bytes.subarray(0, MAGIC.length), MAGIC)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const numberAt = (at: number) => Number(view.getBigUint64(at, true));
  const end = HEAD_BYTES + numberAt(BODY_BYTES_AT);
  if (end > bytes.length) return;
  const page = bytes.subarray(0, end);
  const checksum = page.subarray(CHECKSUM_AT, CHECKSUM_AT + 32);
  if (!isEqual(checksum, checksumOf(page))) return;
  const regions: JournalPage["regions"] = [];
  let at = HEAD_BYTES;
  for (let count = numberAt(REGIONS_AT); count > 0; count--) {
    const length = numberAt(at + 8);
    const start = at + REGION_HEAD_BYTES;
    regions.push({ at: numberAt(at), bytes: page.subarray(start, start + length) });
    at = start + length;
  }
  const cutTo = view.getBigUint64(CUT_AT, true);
  return {
    sequence: numberAt(SEQUENCE_AT),
    fileBytes: numberAt(FILE_BYTES_AT),
    cutTo: cutTo === NO_CUT ? undefined : Number(cutTo),
    fingerprint: page.subarray(FINGERPRINT_AT, FINGERPRINT_AT + 32),
    regions,
  };
}

/**
 * Whether a file with these first bytes may be a journal. A new one, or one that did not come to the
 * disk, has zeros there or nothing.
 */
export function mayBeJournal(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, MAGIC.length);
  return isEqual(head, MAGIC) || head.every((byte) => byte === 0);
}

/** Parts of a file that are looked at: its first bytes, and its last ones. */
const FIRST_BYTES = 16 * 1024;
const LAST_BYTES = 64 * 1024;

/**
 * SHA-256 of the first 16 KiB and the last 64 KiB of a file, without what a page changes. These
 * bytes are on the disk before the page is. They contain attributes, events and counters with their
 * times, so no other file has them.
 *
 * @returns undefined if the file is smaller than it was
 */
export function fingerprintOf(
  file: ByteStore,
  { fileBytes, cutTo, regions }: Omit<JournalPage, "fingerprint">,
): Uint8Array | undefined {
  const end = Math.min(fileBytes, cutTo ?? fileBytes);
  const split = Math.min(FIRST_BYTES, end);
  const hash = createHash("sha256");
  for (const [from, to] of [[0, split], [Math.max(split, end - LAST_BYTES), end]] as const) {
    const part = new Uint8Array(to - from);
    if (file.readAt(from, part) < part.length) return undefined;
    for (const { at, bytes } of regions) {
      part.fill(0, clamp(at - from, part.length), clamp(at + bytes.length - from, part.length));
    }
    hash.update(part);
  }
  return new Uint8Array(hash.digest());
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}

function checksumOf(page: Uint8Array): Uint8Array {
  const hash = createHash("sha256");
  hash.update(page.subarray(0, CHECKSUM_AT));
  hash.update(page.subarray(HEAD_BYTES));
  return new Uint8Array(hash.digest());
}

/** Whether two sequences of bytes are the same. */
export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
