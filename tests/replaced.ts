/**
 * Puts another function in the place of a method until it is disposed of: for failures that nothing
 * real can be brought to have.
 */
export function replaced<T extends object, Name extends keyof T>(
  object: T,
  name: Name,
  method: T[Name],
): Disposable {
  const before = object[name];
  object[name] = method;
  return {
    [Symbol.dispose]() {
      object[name] = before;
    },
  };
}
