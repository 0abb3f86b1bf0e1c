import { ValueError } from "../errors.ts";
import type { Particulars } from "../notice.ts";
import { ALL_SLOTS, NO_SLOT, slotOfAddress, SLOTS } from "../wire/camera.ts";
import { formatIpAddress, isIpv4, parseIpAddress } from "./ip_address.ts";

/** One module of the camera and the address from which it sends. */
export interface ModuleAddress {
  /** IPv4 or IPv6, in any written form. */
  address: string;
  /** 0..31. */
  slot: number;
}

/**
 * Tells which module an address belongs to: by a rule for IPv4 addresses, or by a table.
 *
 * @example
 * ```ts
 * import { ModuleMap } from "@ssdaq/ssdaq";
 *
 * const byRule = ModuleMap.ofBase(1);
 * const byTable = ModuleMap.ofAddresses([
 *   { address: "172.18.0.7", slot: 0 },
 *   { address: "fd00::101", slot: 1 },
 * ]);
 * ```
 */
export class ModuleMap {
  /** Mask of the slots that can send. */
  readonly slots: number;
  /** The rule's base; undefined if there is a table. */
  readonly #base: number | undefined;
  /** The table: four words for each module's address, and its slot. */
  readonly #addresses: Uint32Array<ArrayBuffer>;
  readonly #slotOf: readonly number[];

  private constructor(
    base: number | undefined,
    addresses: readonly Uint32Array<ArrayBuffer>[],
    slots: readonly number[],
  ) {
    this.#base = base;
    this.#addresses = Uint32Array.from(addresses.flatMap((words) => [...words]));
    this.#slotOf = slots;
    this.slots = base === undefined
      ? slots.reduce((mask, slot) => mask | (1 << slot), 0) >>> 0
      : ALL_SLOTS;
  }

  /**
   * Maps IPv4 addresses by their last octet, see {@linkcode slotOfAddress}. An IPv6 address is
   * never a module.
   *
   * @param base 0 or 1
   */
  static ofBase(base: number): ModuleMap {
    return new ModuleMap(base, [], []);
  }

  /**
   * Maps only these addresses.
   *
   * @param key name of the option, for the error message
   * @throws {ValueError} for an invalid address or slot, and for an address or slot that is given
   * twice
   */
  static ofAddresses(modules: readonly ModuleAddress[], key = "modules"): ModuleMap {
    const bySlot = new Map<number, string>();
    const byAddress = new Map<string, number>();
    const addresses = modules.map(({ address, slot }) => {
      const written = `${address}=${slot}`;
      const refuse = (fix: string) => new ValueError(key, written, fix);
      const words = parseIpAddress(address);
      if (words === undefined) throw refuse(`${address} is not an IPv4 or IPv6 address; give one`);
      if (!(Number.isInteger(slot) && slot >= 0 && slot < SLOTS)) {
        throw refuse(`there is no slot ${slot}; give one from 0 to ${SLOTS - 1}`);
      }
      const same = formatIpAddress(words);
      const otherSlot = byAddress.get(same);
      if (otherSlot !== undefined) {
        throw refuse(`${same} has slot ${otherSlot} already; give each address once`);
      }
      const other = bySlot.get(slot);
      if (other !== undefined) {
        throw refuse(`slot ${slot} belongs to ${other} already; give each module its own slot`);
      }
      byAddress.set(same, slot);
      bySlot.set(slot, same);
      return words;
    });
    return new ModuleMap(undefined, addresses, modules.map(({ slot }) => slot));
  }

  /**
   * The slot of the module that sends from this address.
   *
   * @param words contains the address as four u32, as `PacketRing.sources` does
   * @param at index of the first word
   * @returns 0..31, or {@linkcode NO_SLOT} if no module has this address
   */
  slotOf(words: Uint32Array, at: number): number {
    // This runs for every packet, so there is no check: an address has four words, an entry has a
    // slot.
    if (this.#base !== undefined) {
      return isIpv4(words, at) ? slotOfAddress(words[at + 3] as number, this.#base) : NO_SLOT;
    }
    const table = this.#addresses;
    for (let entry = 0; entry < table.length; entry += 4) {
      if (
        // The last word is different for most addresses.
        table[entry + 3] === words[at + 3] && table[entry + 2] === words[at + 2] &&
        table[entry + 1] === words[at + 1] && table[entry] === words[at]
      ) return this.#slotOf[entry >>> 2] as number;
    }
    return NO_SLOT;
  }

  /** Why an address belongs to no module. */
  whyUnknown(words: Uint32Array, at: number): { why: string } & Particulars {
    const fields = { address: formatIpAddress(words, at), base: this.#base };
    if (this.#base === undefined) {
      return { why: "no module has this address", code: "address.notInTable", fields };
    }
    return isIpv4(words, at)
      ? {
        why: `no module has this address: its last octet mod 100 minus ${this.#base} is not a slot`,
        code: "address.noSlot",
        fields,
      }
      : {
        why: "an IPv6 address needs a table of modules",
        code: "address.notByRule",
        fields,
      };
  }

  /** The table as written on a command line; or the base of the rule. */
  toJSON(): unknown {
    if (this.#base !== undefined) return { base: this.#base };
    return this.#slotOf.map((slot, module) =>
      `${formatIpAddress(this.#addresses, 4 * module)}=${slot}`
    );
  }
}
