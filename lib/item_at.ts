/**
 * The item of a list at an index that is always in range.
 *
 * If the index comes from outside, or the list may be short, check for `undefined` instead and
 * report the error.
 *
 * @param index from 0
 * @throws {RangeError} if the list has no such item, which is a defect
 */
export function itemAt<T extends NonNullable<unknown> | null>(
  list: ArrayLike<T>,
  index: number,
): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`index ${index} in a list of ${list.length} items`);
  return item;
}
