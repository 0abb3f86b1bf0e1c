/**
 * Shapes check JSON from outside: a value that passes has the type of its shape.
 *
 * This is small because it is part of the live page.
 *
 * @module
 */

/**
 * Checks and returns a value. `place` is its path in the whole. Throws a {@linkcode ShapeError} if
 * the value has another shape.
 */
export type Shape<T> = (value: unknown, place: string) => T;

/** Thrown for a value with another shape. It says what is wrong. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/**
 * Reads a value by its shape. Members that are not in the shape stay unchanged.
 *
 * @throws {ShapeError} that says what is wrong
 */
export function readShape<T>(value: unknown, shape: Shape<T>): T {
  return shape(value, "");
}

export const text: Shape<string> = (value, place) =>
  typeof value === "string" ? value : refuse(place, "text");

export const truth: Shape<boolean> = (value, place) =>
  typeof value === "boolean" ? value : refuse(place, "true or false");

/** A finite number. */
export const number: Shape<number> = (value, place) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(place, "a number");

/** A whole number from 0 that a double holds exactly. */
export const count: Shape<number> = (value, place) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(place, "a count");

/** A whole number from 0 to 2^32 - 1. */
export const u32: Shape<number> = (value, place) =>
  Number.isInteger(value) && value === (value as number) >>> 0
    ? value as number
    : refuse(place, "a whole number below 2^32");

/**
 * A whole number of any size, always as a bigint. (`fromJson` makes bigints only of large ones.)
 */
export const integer: Shape<bigint> = (value, place) => {
  if (typeof value === "bigint") return value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : refuse(place, "a whole number");
};

/** One of several strings. */
export function oneOf<const T extends string>(...texts: T[]): Shape<T> {
  return (value, place) =>
    texts.find((each) => each === value) ?? refuse(place, texts.join(" or "));
}

/** This shape, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, place) => value === null ? null : shape(value, place);
}

/** A list, with a fixed length if one is given. */
export function listOf<T>(shape: Shape<T>, length?: number): Shape<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) refuse(place, "a list");
    if (length !== undefined && value.length !== length) refuse(place, `a list of ${length}`);
    return value.map((each, index) => shape(each, `${place}[${index}]`));
  };
}

/** An object with any members of one shape. */
export function recordOf<T>(shape: Shape<T>): Shape<Record<string, T>> {
  return (value, place) => {
    const entries = Object.entries(membersOf(value, place));
    return Object.fromEntries(entries.map(([name, each]) => [name, shape(each, at(place, name))]));
  };
}

/** An object with members of these shapes. Further members are allowed. */
export function objectOf<T extends object>(
  shapes: { [Name in keyof T]: Shape<T[Name]> },
): Shape<T> {
  return (value, place) => {
    const members = membersOf(value, place);
    const read: Record<string, unknown> = { ...members };
    for (const name of Object.keys(shapes) as (keyof T & string)[]) {
      read[name] = shapes[name](members[name], at(place, name));
    }
    return read as T;
  };
}

function membersOf(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(place, "an object");
  }
  return value as Record<string, unknown>;
}

function at(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

function refuse(place: string, what: string): never {
  throw new ShapeError(place === "" ? `it must be ${what}` : `its ${place} must be ${what}`);
}
