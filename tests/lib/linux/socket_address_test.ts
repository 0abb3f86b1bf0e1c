import { ConfigurationError } from "../../../lib/errors.ts";
import { encodeSocketAddress, familyOf } from "../../../lib/linux/socket_address.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

// deno-fmt-ignore
/** struct sockaddr_in of 10.1.2.3:2009 on a little-endian machine; 2009 is 0x07d9. */
const GOLDEN_IPV4 = Uint8Array.of(
  2, 0, // sin_family AF_INET, host order
  0x07, 0xd9, // sin_port, network order
  10, 1, 2, 3, // sin_addr
  0, 0, 0, 0, 0, 0, 0, 0, // sin_zero
);

// deno-fmt-ignore
/** struct sockaddr_in6 of [fd00:1:203::8:9]:2009. */
const GOLDEN_IPV6 = Uint8Array.of(
  10, 0, // sin6_family AF_INET6
  0x07, 0xd9, // sin6_port
  0, 0, 0, 0, // sin6_flowinfo
  0xfd, 0x00, 0x00, 0x01, 0x02, 0x03, 0, 0, 0, 0, 0, 0, 0x00, 0x08, 0x00, 0x09, // sin6_addr
  0, 0, 0, 0, // sin6_scope_id
);

Deno.test("encodeSocketAddress() lays addresses out as C does", () => {
  const ipv4 = encodeSocketAddress({ hostname: "10.1.2.3", port: 2009 });
  assertEquals([ipv4, familyOf(ipv4)], [GOLDEN_IPV4, 2]);
  const ipv6 = encodeSocketAddress({ hostname: "fd00:1:203::8:9", port: 2009 });
  assertEquals([ipv6, familyOf(ipv6)], [GOLDEN_IPV6, 10]);
  assertEquals(encodeSocketAddress({ hostname: "::ffff:10.1.2.3", port: 2009 }), GOLDEN_IPV4);
});

Deno.test("encodeSocketAddress() refuses a name", () => {
  assertThrows(
    () => encodeSocketAddress({ hostname: "localhost", port: 1 }),
    ConfigurationError,
    "localhost is not an IP address: give one such as",
  );
});
