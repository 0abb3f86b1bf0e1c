import { adviceOn } from "../../../cli/terminal/advice.ts";
import { formatIpAddress, parseIpAddress } from "../../../lib/address/ip_address.ts";
import { ModuleMap } from "../../../lib/address/module_map.ts";
import { ValueError } from "../../../lib/errors.ts";
import { ALL_SLOTS, NO_SLOT, slotOfAddress, slotsOf } from "../../../lib/wire/camera.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { first, flipBits } from "../../elements.ts";
import { fc } from "../../property.ts";

/** The slot of an address as it is written; in the ring others stand before it. */
function slotOf(map: ModuleMap, address: string): number {
  const words = parseIpAddress(address) ?? new Uint32Array();
  return map.slotOf(Uint32Array.from([9, 9, ...words, 9]), 2);
}

const WORD = fc.nat(2 ** 32 - 1);
const WORDS = fc.tuple(WORD, WORD, WORD, WORD);

Deno.test("ModuleMap by a base has the rule for IPv4 addresses, and no IPv6 address", () => {
  for (const base of [0, 1]) {
    const map = ModuleMap.ofBase(base);
    assertEquals(map.slots, ALL_SLOTS);
    fc.assert(fc.property(WORDS, ([first, second, third, last]) => {
      assertEquals(map.slotOf(Uint32Array.of(0, 0, 0xffff, last), 0), slotOfAddress(last, base));
      if (third === 0xffff && second === 0 && first === 0) return;
      assertEquals(map.slotOf(Uint32Array.of(first, second, third, last), 0), NO_SLOT);
    }));
    assertEquals(slotOf(map, "127.0.0.110"), 10 - base);
    // Like IPv4-mapped ones, but for a bit.
    for (const near of ["::fffe:7f00:6e", "::1:ffff:7f00:6e", "1::ffff:7f00:6e", "::7f00:6e"]) {
      assertEquals(slotOf(map, near), NO_SLOT, near);
    }
  }
});

Deno.test("ModuleMap of addresses finds each of them, and no other", () => {
  const table = fc.uniqueArray(WORDS, { minLength: 1, maxLength: 32, selector: String });
  fc.assert(fc.property(table, fc.nat(31), fc.nat(31), (addresses, shift, bit) => {
    const modules = addresses.map((words, index) => ({
      address: formatIpAddress(words),
      slot: (index + shift) % 32,
    }));
    const map = ModuleMap.ofAddresses(modules);
    assertEquals(slotsOf(map.slots), modules.map(({ slot }) => slot).toSorted((a, b) => a - b));
    modules.forEach(({ address, slot }) => assertEquals(slotOf(map, address), slot));
    for (let word = 0; word < 4; word++) {
      const near = Uint32Array.from(first(addresses));
      flipBits(near, word, 1 << bit);
      const isOther = addresses.every((words) => String(words) !== String([...near]));
      if (isOther) assertEquals(map.slotOf(near, 0), NO_SLOT);
    }
  }));
});

Deno.test("ModuleMap of addresses knows an IPv4 address by its IPv4-mapped one", () => {
  const map = ModuleMap.ofAddresses([
    { address: "::ffff:10.0.0.7", slot: 31 },
    { address: "10.0.0.8", slot: 0 },
  ]);
  assertEquals([slotOf(map, "10.0.0.7"), slotOf(map, "::ffff:a00:8")], [31, 0]);
  // By the rule it would be slot 0.
  assertEquals(slotOf(map, "10.0.0.101"), NO_SLOT);
  assertEquals(map.slots, 0x80000001);
});

Deno.test("ModuleMap refuses an address or a slot that is none, or is given twice", () => {
  const refuses = (modules: [string, number][], message: string) =>
    assertThrows(
      () =>
        ModuleMap.ofAddresses(modules.map(([address, slot]) => ({ address, slot })), "--module"),
      ValueError,
      message,
    );
  refuses([["daq", 1]], "--module daq=1: daq is not an IPv4 or IPv6 address; give one");
  for (const slot of [-1, 32, 1.5, NaN]) {
    refuses([["::1", slot]], `--module ::1=${slot}: there is no slot ${slot}; give one from 0 to`);
  }
  refuses(
    [["::1", 4], ["::2", 5], ["0:0::1", 6]],
    "--module 0:0::1=6: ::1 has slot 4 already; give each address once",
  );
  refuses([["10.0.0.1", 4], ["::ffff:a00:1", 4]], "10.0.0.1 has slot 4 already");
  refuses(
    [["::1", 4], ["::2", 4]],
    "--module ::2=4: slot 4 belongs to ::1 already; give each module its own slot",
  );
});

Deno.test("ModuleMap tells why an address is no module's, and what to do", () => {
  const why = (map: ModuleMap, address: string) => {
    const told = map.whyUnknown(parseIpAddress(address) ?? new Uint32Array(), 0);
    return told.why + adviceOn(told);
  };
  const rule = ModuleMap.ofBase(1);
  assertEquals(
    why(rule, "10.0.0.1"),
    "no module has this address: its last octet mod 100 minus 1 is not a slot; see --module-base " +
      "and --module",
  );
  assertEquals(
    why(rule, "0::1"),
    "an IPv6 address needs a table of modules; give --module ::1=SLOT",
  );
  const table = ModuleMap.ofAddresses([{ address: "::2", slot: 3 }]);
  assertEquals(
    why(table, "10.0.0.101"),
    "no module has this address; if it is a module, add --module 10.0.0.101=SLOT",
  );
});

Deno.test("ModuleMap is told in JSON as it is written on a command line", () => {
  const map = ModuleMap.ofAddresses([
    { address: "FD00::0101", slot: 3 },
    { address: "::ffff:10.0.0.7", slot: 1 },
  ]);
  assertEquals(JSON.stringify({ map }), '{"map":["fd00::101=3","10.0.0.7=1"]}');
  assertEquals(JSON.stringify(ModuleMap.ofBase(0)), '{"base":0}');
});
