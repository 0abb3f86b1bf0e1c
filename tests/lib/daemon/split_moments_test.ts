import { SplitMoments } from "../../../lib/daemon/split_moments.ts";
import { EventFlag } from "../../../lib/wire/event.ts";
import { assertEquals } from "../../assert.ts";

const HEARD = 0b1111;

/** Whether events of these masks, so many times in a row, are taken for split moments. */
function areSplit(masks: number[], times: number, heard = HEARD): boolean {
  const moments = new SplitMoments();
  for (let time = 0; time < times; time++) {
    for (const mask of masks) {
      const flags = mask === heard ? EventFlag.complete : EventFlag.deadline;
      moments.note({ mask, flags }, heard);
    }
  }
  return moments.areMany;
}

Deno.test("SplitMoments sees modules that are never in one event", () => {
  assertEquals(areSplit([0b0011, 0b1100], 21), true);
  assertEquals(areSplit([0b0001, 0b0110, 0b1000], 21), true);
  assertEquals(areSplit([0b0011, 0b1100], 20), false);
  const allModules = [0x0000_ffff, 0xffff_0000];
  assertEquals(areSplit(allModules, 21, 0xffff_ffff), true);
});

Deno.test("SplitMoments takes no lost packet and no silent module for it", () => {
  assertEquals(areSplit([0b0111], 100), false);
  assertEquals(areSplit([0b0111, 0b1011, 0b1101], 100), false);
  assertEquals(areSplit([0b0011, 0b0100], 100), false);
});

Deno.test("SplitMoments begins anew when an event is complete, or a moment lies in one", () => {
  const some = Array.from({ length: 15 }, () => [0b0011, 0b1100]).flat();
  assertEquals(areSplit([...some, HEARD], 10), false);
  // Of these nobody lies in another event.
  assertEquals(areSplit([...some, 0b0111, 0b0111], 10), false);
});

Deno.test("SplitMoments goes on over a moment of which a packet was lost", () => {
  const some = Array.from({ length: 8 }, () => [0b0011, 0b1100]).flat();
  assertEquals(areSplit([...some, 0b0001, 0b1100], 4), true);
});
