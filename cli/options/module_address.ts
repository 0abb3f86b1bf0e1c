import { formatIpAddress, parseIpAddress } from "../../lib/address/ip_address.ts";
import type { ModuleAddress } from "../../lib/address/module_map.ts";
import { ValueError } from "../../lib/errors.ts";
import { SLOTS } from "../../lib/wire/camera.ts";

/**
 * Reads a module from `ADDRESS=SLOT`; the address gets its usual form.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseModuleAddress(key: string, text: string): ModuleAddress {
  const [, address, slot = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const refuse = (problem: string) =>
    new ValueError(
      key,
      text,
      `${problem}; give ADDRESS=SLOT, such as 172.18.0.101=0 or fd00::101=0`,
    );
  if (address === undefined) throw refuse("it has no slot");
  const words = parseIpAddress(address);
  if (words === undefined) throw refuse(`${address || "nothing"} is not an IPv4 or IPv6 address`);
  if (!/^\d{1,2}$/.test(slot) || Number(slot) >= SLOTS) {
    throw refuse(`slots are 0 to ${SLOTS - 1}, not ${slot || "nothing"}`);
  }
  return { address: formatIpAddress(words), slot: Number(slot) };
}
