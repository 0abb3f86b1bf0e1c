const HEAD_BYTES = 10;
/** The header's length is a multiple of this. */
const ALIGNMENT = 64;

/**
 * The header of an array in NumPy's format 1.0. The values follow it in C order. Source: "The .npy
 * format specification", NumPy, numpy.lib.format.
 *
 * @param type such as `<u8` or `<f4`
 */
export function npyHeader(type: string, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const sides = `${shape.join(", ")}${shape.length === 1 ? "," : ""}`;
  const told = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((HEAD_BYTES + told.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - HEAD_BYTES, true);
  bytes.set(new TextEncoder().encode(told), HEAD_BYTES);
  bytes[length - 1] = 0x0a;
  return bytes;
}
