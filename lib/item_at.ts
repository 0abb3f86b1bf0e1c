/**
 * The item of a list at an index that is in range by construction.
 *
 * Where an index comes from outside, or the list may be short, look for `undefined` instead and say
 * what is wrong.
 *
 * @param index from 0
 * @throws {RangeError} when the list has no such item, which is a defect
 */
export function itemAt<T extends NonNullable<unknown> | null>(
  list: ArrayLike<T>,
  index: number,
): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`index ${index} in a list of ${list.length} items`);
  return item;
}
