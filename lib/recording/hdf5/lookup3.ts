/**
 * Bob Jenkins' hash lookup3 (`hashlittle`, from the public domain), the checksum of HDF5's metadata.
 *
 * @returns a u32
 */
export function lookup3(bytes: Uint8Array, seed = 0): number {
  let a = 0xdeadbeef + bytes.length + seed | 0;
  let b = a;
  let c = a;
  // Bytes after the end count as 0.
  const word = (at: number) =>
    (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0) << 16 |
    (bytes[at + 3] ?? 0) << 24;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = a + word(at) | 0;
    b = b + word(at + 4) | 0;
    c = c + word(at + 8) | 0;
    a = (a - c ^ rotate(c, 4)) | 0, c = c + b | 0;
    b = (b - a ^ rotate(a, 6)) | 0, a = a + c | 0;
    c = (c - b ^ rotate(b, 8)) | 0, b = b + a | 0;
    a = (a - c ^ rotate(c, 16)) | 0, c = c + b | 0;
    b = (b - a ^ rotate(a, 19)) | 0, a = a + c | 0;
    c = (c - b ^ rotate(b, 4)) | 0, b = b + a | 0;
  }
  if (bytes.length === at) return c >>> 0;
  a = a + word(at) | 0;
  b = b + word(at + 4) | 0;
  c = c + word(at + 8) | 0;
  c = (c ^ b) - rotate(b, 14) | 0;
  a = (a ^ c) - rotate(c, 11) | 0;
  b = (b ^ a) - rotate(a, 25) | 0;
  c = (c ^ b) - rotate(b, 16) | 0;
  a = (a ^ c) - rotate(c, 4) | 0;
  b = (b ^ a) - rotate(a, 14) | 0;
  c = (c ^ b) - rotate(b, 24) | 0;
  return c >>> 0;
}

function rotate(value: number, bits: number): number {
  return value << bits | value >>> (32 - bits);
}
