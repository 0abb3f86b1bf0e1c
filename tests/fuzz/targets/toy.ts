/**
 * Code with a defect behind conditions on four bytes, one after the other, and on a number of four.
 * Random bytes of the right length meet them once in 2^64 inputs.
 */
export function toy(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 16) return;
  if (bytes[0] !== 0xc3) return;
  if (bytes[5] !== 0x17) return;
  if (bytes[2] !== bytes.length) return;
  if (((bytes[1] ?? 0) ^ (bytes[3] ?? 0)) !== 0x99) return;
  if (view.getUint32(8, true) === 0x5eed_cafe) throw new Error("the defect of the toy");
}
