import { formatIpAddress, hostPort, isIpv4, parseIpAddress } from "../../lib/address/ip_address.ts";
import { itemAt } from "../../lib/item_at.ts";
import { checkOption } from "../check_option.ts";
import type { Target } from "./packet_sender.ts";

/** The highest last octet of a host on any network, and the highest last group of IPv6. */
const HIGHEST = { 4: 254, 6: 0xffff } as const;

/**
 * The addresses of a number of modules, one after another.
 *
 * @param target must be of the same family, unless it is a name
 * @throws {ConfigurationError} naming the first address and what to give instead
 */
export function addressesFrom(firstAddress: string, modules: number, target: Target): string[] {
  const words = parseIpAddress(firstAddress) ?? new Uint32Array();
  const check = (accepted: boolean, rule: string) =>
    checkOption(accepted, "firstAddress", firstAddress, rule);
  check(words.length > 0, "an IP address such as 127.0.0.101 or fd00::101");
  const family = familyOf(firstAddress);
  check(
    parseIpAddress(target.hostname) === undefined || familyOf(target.hostname) === family,
    `an IPv${10 - family} address, because the target ${hostPort(target)} is one`,
  );
  const mask = family === 4 ? 0xff : 0xffff;
  const lowest = itemAt(words, 3);
  const first = lowest & mask;
  const highest = HIGHEST[family] - modules + 1;
  const written = (number: number) => number.toString(family === 4 ? 10 : 16);
  check(
    first >= 1 && first <= highest,
    `one that ends in 1..${written(highest)}, so that ${modules} modules can have addresses ` +
      "from it on",
  );
  return Array.from({ length: modules }, (_, module) => {
    const address = words.slice();
    address[3] = lowest + module;
    return formatIpAddress(address);
  });
}

/** The family of an IP address. */
export function familyOf(address: string): 4 | 6 {
  const words = parseIpAddress(address);
  return words === undefined || isIpv4(words) ? 4 : 6;
}
