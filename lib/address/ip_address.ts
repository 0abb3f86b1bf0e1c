import { itemAt } from "../item_at.ts";
import { formatIpv4, parseIpv4 } from "./ipv4.ts";

/** The third word of an IPv4 address, which is stored as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
export const V4_MAPPED = 0xffff;

/**
 * An IP address in any written form as four u32, highest first. An IPv4 address a.b.c.d equals
 * ::ffff:a.b.c.d.
 *
 * @returns undefined for any other text, and for an address with a zone such as `fe80::1%eth0`
 */
export function parseIpAddress(text: string): Uint32Array<ArrayBuffer> | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return Uint32Array.of(0, 0, V4_MAPPED, ipv4);
  // Only these letters: other text could make another URL of it.
  const url = /^[0-9a-fA-F:.]+$/.test(text) ? URL.parse(`http://[${text}]`) : null;
  if (url === null) return undefined;
  const [left = [], right = []] = url.hostname.slice(1, -1).split("::").map(groupsOf);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  const groups = [...left, ...zeros, ...right];
  return Uint32Array.from(
    [0, 2, 4, 6],
    (at) => itemAt(groups, at) * 0x10000 + itemAt(groups, at + 1),
  );
}

/**
 * An IP address as text: IPv4 in dotted form, IPv6 as in RFC 5952.
 *
 * @param words contains the four u32, highest first
 * @param at index of the first word
 */
export function formatIpAddress(words: ArrayLike<number>, at = 0): string {
  if (isIpv4(words, at)) return formatIpv4(itemAt(words, at + 3));
  const groups = [0, 1, 2, 3].flatMap((index) => {
    const word = itemAt(words, at + index);
    return [word >>> 16, word & 0xffff];
  });
  const text = groups.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Whether four u32 are an IPv4 address. Its value is then the last word. */
export function isIpv4(words: ArrayLike<number>, at = 0): boolean {
  return words[at + 2] === V4_MAPPED && words[at + 1] === 0 && words[at] === 0;
}

/** `HOST:PORT`, with brackets around an IPv6 address. */
export function hostPort({ hostname, port }: { hostname: string; port: number }): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
