/** -0 mV, which equals 0 mV. */
const MINUS_ZERO = 0x80000000;

/**
 * A digest of 64 bits of a readout's voltages, from the bits of its 32-bit floats.
 *
 * Two readouts of which one voltage differs always have different digests, because each step can be
 * undone. If more differ, the digests are equal by chance once in 2^64. It is not for secrets.
 *
 * @param bits the 64 voltages, by raw line
 * @param target gets the two halves
 * @param at index of the first half in it
 */
export function digestVoltages(bits: Uint32Array, target: Uint32Array, at: number): void {
  let a = 0x9e3779b9 | 0;
  let b = 0x85ebca6b | 0;
  for (let line = 0; line < bits.length; line++) {
    // In range, and read for each voltage of a night: no check.
    let value = bits[line] as number;
    if (value === MINUS_ZERO) value = 0;
    a = Math.imul(a ^ value, 0x5bd1e995);
    a ^= a >>> 15;
    b = Math.imul(b ^ value, 0xcc9e2d51 | 0);
    b = (b << 13 | b >>> 19) + 0x6b43a9b5 | 0;
  }
  target[at] = a;
  target[at + 1] = b;
}
