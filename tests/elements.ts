import { fail } from "./assert.ts";

/** The element at an index, which the list must have. */
export function nth<T>(list: ArrayLike<T>, index: number): T {
  const element = list[index];
  if (element === undefined) fail(`no element ${index}: the list has ${list.length}`);
  return element;
}

/** The first element of a list, which must not be empty. */
export function first<T>(list: ArrayLike<T>): T {
  return nth(list, 0);
}

/** The last element of a list, which must not be empty. */
export function last<T>(list: ArrayLike<T>): T {
  return nth(list, list.length - 1);
}

/** The element of a list that must have exactly one. */
export function only<T>(list: ArrayLike<T>): T {
  if (list.length !== 1) fail(`not one element but ${list.length}: ${Deno.inspect(list)}`);
  return nth(list, 0);
}

/** The value that a record must have under a name. */
export function named<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) fail(`no ${name} among: ${Object.keys(record).join(", ")}`);
  return value;
}

/** Flips bits of one element: a byte of a message or of a file, a word of an address. */
export function flipBits(
  numbers: Uint8Array | Uint16Array | Uint32Array,
  index: number,
  bits: number,
): void {
  numbers[index] = nth(numbers, index) ^ bits;
}
