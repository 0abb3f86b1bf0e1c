import { isIPv6 } from "node:net";
import { formatIpAddress, hostPort, parseIpAddress } from "../../../lib/address/ip_address.ts";
import { parseIpv4 } from "../../../lib/address/ipv4.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";

/** Eight groups of 16 bits, zeros among them as often as not. */
const GROUPS = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

function wordsOf(groups: number[]): Uint32Array {
  return Uint32Array.from([0, 2, 4, 6], (at) => nth(groups, at) * 65536 + nth(groups, at + 1));
}

/** Every way to write the groups: all of them, in any case, with zeros before, or any run left out. */
function formsOf(groups: number[]): string[] {
  const hex = groups.map((group) => group.toString(16));
  const tail = groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join(".");
  const forms = [
    hex.join(":"),
    hex.map((group) => group.padStart(4, "0").toUpperCase()).join(":"),
    [...hex.slice(0, 6), tail].join(":"),
  ];
  for (let from = 0; from < 8; from++) {
    for (let to = from + 1; to <= 8 && groups[to - 1] === 0; to++) {
      forms.push(`${hex.slice(0, from).join(":")}::${hex.slice(to).join(":")}`);
    }
  }
  return forms;
}

Deno.test("parseIpAddress() reads every form of an IPv6 address as the same", () => {
  fc.assert(fc.property(GROUPS, (groups) => {
    for (const form of formsOf(groups)) assertEquals(parseIpAddress(form), wordsOf(groups), form);
  }));
});

Deno.test("formatIpAddress() writes what parseIpAddress() reads back, in one form alone", () => {
  fc.assert(fc.property(GROUPS, (groups) => {
    const words = wordsOf(groups);
    const text = formatIpAddress(words);
    assertEquals(parseIpAddress(text), words);
    assertEquals(formatIpAddress([7, 7, ...words], 2), text);
    for (const form of formsOf(groups)) {
      assertEquals(formatIpAddress(parseIpAddress(form) ?? []), text);
    }
  }));
});

Deno.test("an IPv4 address is the same as its IPv4-mapped one, and is written in dotted form", () => {
  fc.assert(fc.property(fc.nat(2 ** 32 - 1), (ipv4) => {
    const octets = [ipv4 >>> 24, (ipv4 >>> 16) & 255, (ipv4 >>> 8) & 255, ipv4 & 255];
    const dotted = octets.join(".");
    const hex = `${(ipv4 >>> 16).toString(16)}:${(ipv4 & 0xffff).toString(16)}`;
    for (const form of [dotted, `::ffff:${dotted}`, `::FFFF:${hex}`, `0:0:0:0:0:ffff:${hex}`]) {
      assertEquals(parseIpAddress(form), Uint32Array.of(0, 0, 0xffff, ipv4), form);
    }
    assertEquals(formatIpAddress([0, 0, 0xffff, ipv4]), dotted);
    assertEquals(parseIpv4(dotted), ipv4);
  }));
});

Deno.test("formatIpAddress() writes the examples of RFC 5952", () => {
  for (
    const [written, canonical] of [
      ["2001:0db8::0001", "2001:db8::1"],
      ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
      // One group alone is not left out, and of two runs as long the first is.
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
      ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:DB8::AAAA", "2001:db8::aaaa"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["::0001", "::1"],
      ["1::", "1::"],
    ] as const
  ) assertEquals(formatIpAddress(parseIpAddress(written) ?? []), canonical);
});

Deno.test("parseIpAddress() takes no text that is not an address", () => {
  for (
    const text of [
      ...["", ":", ":::", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9"],
      ...[
        "[::1]",
        "::1]",
        "::1]:80",
        "::1/64",
        "fe80::1%eth0",
        " ::1",
        "::1\n",
        "::1.2.3",
        "::256.0.0.1",
      ],
      ...["1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "0x1.2.3.4", "-1.2.3.4", "1.2.3.4 ", "12"],
      ...["::1@x", "a]@[::1", "localhost", "١.1.1.1"],
    ]
  ) assertEquals(parseIpAddress(text), undefined, text);
});

Deno.test("parseIpAddress() never throws, and agrees with the system's own reading", () => {
  const letters = fc.constantFrom(..."0123456789abcdefF:.[]%/@");
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 20 }), (written) => {
      const text = written.join("");
      const isAddress = isIPv6(text) && !text.includes("%") || parseIpv4(text) !== undefined;
      assertEquals(parseIpAddress(text) !== undefined, isAddress, text);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("hostPort() puts brackets around an IPv6 address", () => {
  assertEquals(hostPort({ hostname: "::1", port: 2009 }), "[::1]:2009");
  assertEquals(hostPort({ hostname: "10.0.0.1", port: 0 }), "10.0.0.1:0");
  assert(URL.canParse(`http://${hostPort({ hostname: "fd00::1", port: 80 })}`));
});
