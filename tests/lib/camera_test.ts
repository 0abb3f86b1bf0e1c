import fc from "fast-check";
import { ALL_SLOTS, countSlots, NO_SLOT, slotOfAddress, slotsOf } from "../../lib/camera.ts";
import { assertEquals } from "../assert.ts";

/** An IPv4 address as a u32. */
function ipv4(...octets: [number, number, number, number]): number {
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

Deno.test("slotOfAddress() takes .101 to .132 for slots 0 to 31 with base 1", () => {
  for (let slot = 0; slot < 32; slot++) {
    assertEquals(slotOfAddress(ipv4(127, 0, 0, 101 + slot), 1), slot);
    assertEquals(slotOfAddress(ipv4(192, 168, 255, 101 + slot), 1), slot);
  }
  assertEquals(slotOfAddress(ipv4(127, 0, 0, 100), 1), NO_SLOT);
  assertEquals(slotOfAddress(ipv4(127, 0, 0, 133), 1), NO_SLOT);
});

Deno.test("slotOfAddress() takes .100 to .131 for slots 0 to 31 with base 0", () => {
  for (let slot = 0; slot < 32; slot++) {
    assertEquals(slotOfAddress(ipv4(172, 18, 0, 100 + slot), 0), slot);
  }
  assertEquals(slotOfAddress(ipv4(172, 18, 0, 99), 0), NO_SLOT);
  assertEquals(slotOfAddress(ipv4(172, 18, 0, 132), 0), NO_SLOT);
});

Deno.test("slotOfAddress() looks at the last octet alone, modulo 100", () => {
  const octet = fc.nat(255);
  fc.assert(fc.property(octet, octet, octet, octet, fc.nat(1), (a, b, c, last, base) => {
    const slot = last % 100 - base;
    const expected = slot >= 0 && slot <= 31 ? slot : -1;
    assertEquals(slotOfAddress(ipv4(a, b, c, last), base), expected);
  }));
});

Deno.test("slotsOf() names exactly the slots a mask was made of, in rising order", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(31)), (slots) => {
    const mask = slots.reduce((sum, slot) => sum + 2 ** slot, 0);
    assertEquals(slotsOf(mask), slots.toSorted((a, b) => a - b));
    // A mask may come as a signed number, from `|` or `~`.
    assertEquals(slotsOf(mask | 0), slotsOf(mask));
  }));
});

Deno.test("countSlots() counts the slots a mask was made of", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(31)), (slots) => {
    const mask = slots.reduce((sum, slot) => sum + 2 ** slot, 0);
    assertEquals(countSlots(mask), slots.length);
    assertEquals(countSlots(mask | 0), slots.length);
  }));
});

Deno.test("ALL_SLOTS has 32 slots, and 0 none", () => {
  assertEquals(slotsOf(ALL_SLOTS), Array.from({ length: 32 }, (_, slot) => slot));
  assertEquals(countSlots(ALL_SLOTS), 32);
  assertEquals(slotsOf(0), []);
  assertEquals(countSlots(0), 0);
});
