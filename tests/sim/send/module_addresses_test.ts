import { isIPv6 } from "node:net";
import { addressesFrom } from "../../../sim/send/module_addresses.ts";
import { assert, assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";

const BY_NAME = { hostname: "daq", port: 2009 };

Deno.test("addressesFrom() counts the last octet up, or the last group of an IPv6 address", () => {
  assertEquals(addressesFrom("172.18.0.101", 3, BY_NAME), [
    ...["172.18.0.101", "172.18.0.102", "172.18.0.103"],
  ]);
  assertEquals(addressesFrom("FD00:0::0108", 3, { hostname: "::1", port: 1 }), [
    ...["fd00::108", "fd00::109", "fd00::10a"],
  ]);
  assertEquals(addressesFrom("::1", 1, BY_NAME), ["::1"]);
});

Deno.test("addressesFrom() gives each module an address of its own, on one network", () => {
  const group = fc.integer({ min: 1, max: 0xffe0 });
  fc.assert(fc.property(group, group, (net, last) => {
    const network = `2001:db8:0:${net.toString(16)}:0:0:1`;
    const addresses = addressesFrom(`${network}:${last.toString(16)}`, 32, BY_NAME);
    assertEquals(new Set(addresses).size, 32);
    for (const [module, address] of addresses.entries()) {
      assert(isIPv6(address));
      assert(address.endsWith(`:${(last + module).toString(16)}`), address);
    }
  }));
});
