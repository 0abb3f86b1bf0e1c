import { assertEquals, assertThrows } from "./assert.ts";
import { allCaptured, captured } from "./captured.ts";
import { first, flipBits, last, named, nth, only } from "./elements.ts";

Deno.test("what is taken from a list or record must be in it, or the test fails", () => {
  assertEquals([first([7, 8]), nth([7, 8], 1), last([7, 8]), only([7])], [7, 8, 8, 7]);
  assertEquals([first([0]), named({ lost: 0 }, "lost")], [0, 0]);
  assertThrows(() => first([]), Error, "no element 0: the list has 0");
  assertThrows(() => last([]), Error, "no element -1: the list has 0");
  assertThrows(() => nth([7, 8], 2), Error, "no element 2: the list has 2");
  assertThrows(() => nth([7, 8], NaN), Error, "no element NaN: the list has 2");
  assertThrows(() => only([]), Error, "not one element but 0: []");
  assertThrows(() => only(["a", "b"]), Error, 'not one element but 2: [ "a", "b" ]');
  assertThrows(() => named({ lost: 0 }, "killed"), Error, "no killed among: lost");
});

Deno.test("flipBits() changes the bits of one number, which must be there", () => {
  const bytes = Uint8Array.of(0, 0b101);
  flipBits(bytes, 1, 0b110);
  assertEquals(bytes, Uint8Array.of(0, 0b011));
  assertThrows(() => flipBits(bytes, 2, 1), Error, "no element 2: the list has 2");
});

Deno.test("captured() is what a pattern's group has in a text, which must match", () => {
  assertEquals(captured("a=1 b=2", /(\w)=2/), "b");
  assertEquals(allCaptured("a=1 b=2", /(\w)=/g), ["a", "b"]);
  assertEquals(allCaptured("", /(\w)=/g), []);
  assertThrows(() => captured("a=1", /(\w)=2/), Error, "nothing matches /(\\w)=2/ in: a=1");
});
