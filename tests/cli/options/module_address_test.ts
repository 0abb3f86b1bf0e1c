import { parseModuleAddress } from "../../../cli/options/module_address.ts";
import { ValueError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

Deno.test("parseModuleAddress() takes IPv4 and IPv6 addresses with any slot", () => {
  fc.assert(fc.property(fc.ipV6(), fc.nat(31), (address, slot) => {
    const module = parseModuleAddress("--module", `${address}=${slot}`);
    assertEquals(module.slot, slot);
    // Its address is in the usual form, which stays.
    assertEquals(parseModuleAddress("--module", `${module.address}=${slot}`), module);
  }));
  fc.assert(fc.property(fc.ipV4(), fc.nat(31), (address, slot) => {
    assertEquals(parseModuleAddress("--module", `${address}=${slot}`), { address, slot });
  }));
  assertEquals(parseModuleAddress("--module", "0:0:0:0:0:FFFF:10.0.0.7=05"), {
    address: "10.0.0.7",
    slot: 5,
  });
});

Deno.test("parseModuleAddress() refuses what is none with the key, the value and the fix", () => {
  for (
    const [text, problem] of [
      ["::1", "it has no slot"],
      ["=1", "nothing is not an IPv4 or IPv6 address"],
      ["daq=1", "daq is not an IPv4 or IPv6 address"],
      ["[::1]=1", "[::1] is not an IPv4 or IPv6 address"],
      ["fe80::1%eth0=1", "fe80::1%eth0 is not an IPv4 or IPv6 address"],
      ["10.0.0.256=1", "10.0.0.256 is not an IPv4 or IPv6 address"],
      ["::1=", "slots are 0 to 31, not nothing"],
      ["::1=32", "slots are 0 to 31, not 32"],
      ["::1=-1", "slots are 0 to 31, not -1"],
      ["::1=1=2", "slots are 0 to 31, not 1=2"],
      ["::1=0x1", "slots are 0 to 31, not 0x1"],
      ["::1= 1", "slots are 0 to 31, not  1"],
    ] as const
  ) {
    assertThrows(
      () => parseModuleAddress("--module", text),
      ValueError,
      `--module ${text}: ${problem}; give ADDRESS=SLOT, such as 172.18.0.101=0 or fd00::101=0`,
    );
  }
});
