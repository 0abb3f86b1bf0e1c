/**
 * Reads a file that a person wrote or made, whole, up to a limit.
 *
 * @module
 */

import { checkOpenable } from "./file_kind.ts";

/** Read at once. */
const PIECE_BYTES = 64 * 1024;

/**
 * The text of a file, without a byte order mark.
 *
 * @param maxBytes a longer file is an error, and no more of it is read
 * @throws {RangeError} if it is too long
 * @throws {Error} if it cannot be read, or is not a plain file
 */
export function readWholeText(path: string, maxBytes: number): string {
  return new TextDecoder().decode(readWholeBytes(path, maxBytes));
}

/**
 * The bytes of a file. Devices and FIFOs are refused: they may never end, see
 * {@linkcode checkOpenable}.
 *
 * @param maxBytes a longer file is an error, and no more of it is read
 * @throws {RangeError} if it is too long
 * @throws {Error} if it cannot be read, or is not a plain file
 */
export function readWholeBytes(path: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  checkOpenable(path);
  using file = Deno.openSync(path);
  const { isFile, size } = file.statSync();
  // What is no plain file, such as the input of a pipe, has no size.
  let bytes = new Uint8Array(isFile ? Math.min(size, maxBytes) + 1 : PIECE_BYTES);
  for (let length = 0;;) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
    if (length === bytes.length) {
      const longer = new Uint8Array(Math.min(2 * length, maxBytes + 1));
      longer.set(bytes);
      bytes = longer;
    }
  }
}
