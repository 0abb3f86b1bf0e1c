import { fromJson, toJson } from "../../../lib/text/json.ts";
import {
  count,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  readShape,
  recordOf,
  type Shape,
  ShapeError,
  text,
  truth,
  u32,
} from "../../../lib/text/shape.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

function refuses(value: unknown, shape: Shape<unknown>, message: string): void {
  const { message: said } = assertThrows(() => readShape(value, shape), ShapeError);
  assertEquals(said, message);
}

Deno.test("shapes take what they are of, and refuse all else with its place", () => {
  const shape = objectOf({
    name: text,
    on: truth,
    hz: number,
    packets: count,
    run: integer,
    kind: oneOf("a", "b"),
    age: orNull(number),
    slots: listOf(objectOf({ slot: count })),
    sizes: recordOf(count),
  });
  const good = {
    ...{ name: "", on: false, hz: -0.5, packets: 0, run: 7, kind: "b", age: null },
    ...{ slots: [{ slot: 1 }], sizes: { x: 1 } },
  };
  assertEquals(readShape(good, shape), { ...good, run: 7n, kind: "b" });
  const wrong: [object, string][] = [
    [{ name: 1 }, "its name must be text"],
    [{ on: 1 }, "its on must be true or false"],
    [{ hz: NaN }, "its hz must be a number"],
    [{ packets: -1 }, "its packets must be a count"],
    [{ packets: 2n ** 60n }, "its packets must be a count"],
    [{ run: 1.5 }, "its run must be a whole number"],
    [{ run: "7" }, "its run must be a whole number"],
    [{ kind: "c" }, "its kind must be a or b"],
    [{ age: "old" }, "its age must be a number"],
    [{ slots: {} }, "its slots must be a list"],
    [{ slots: [{ slot: 1 }, { slot: "2" }] }, "its slots[1].slot must be a count"],
    [{ sizes: { x: null } }, "its sizes.x must be a count"],
    [{ sizes: [] }, "its sizes must be an object"],
  ];
  for (const [change, message] of wrong) refuses({ ...good, ...change }, shape, message);
  for (const value of [null, undefined, 1, "x", []]) refuses(value, shape, "it must be an object");
});

Deno.test("an object keeps members that its shape does not know", () => {
  assertEquals<unknown>(readShape({ a: 1, b: 2 }, objectOf({ a: count })), { a: 1, b: 2 });
});

Deno.test("an integer is a bigint whatever its size", () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      assertEquals(readShape(fromJson(toJson(value)), integer), value);
    }),
  );
});

Deno.test("u32 takes whole numbers from 0 to 2^32 - 1 alone", () => {
  for (const value of [0, 1, 2 ** 32 - 1]) assertEquals(readShape(value, u32), value);
  for (const value of [-1, 0.5, 2 ** 32, "1", null, 1n]) {
    refuses(value, u32, "it must be a whole number below 2^32");
  }
});
