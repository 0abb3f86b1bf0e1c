import { addressGroup, THIS_HOST } from "../../../lib/http/address_group.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("addressGroup() puts loopback together, and the addresses of an IPv6 network", () => {
  for (
    const [address, group] of [
      ["127.0.0.1", THIS_HOST],
      ["127.9.8.7", THIS_HOST],
      ["::1", THIS_HOST],
      ["::ffff:127.0.0.1", THIS_HOST],
      ["10.0.0.5", "10.0.0.5"],
      ["::ffff:10.0.0.5", "10.0.0.5"],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
      ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
      ["fe80::1%eth0", "fe80::/64"],
    ] as const
  ) assertEquals(addressGroup(address), group, address);
});
