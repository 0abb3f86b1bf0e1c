import { itemAt } from "../item_at.ts";
import { formatIpv4, parseIpv4 } from "./ipv4.ts";

/** What an IPv4 address has in its third word: it is kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
export const V4_MAPPED = 0xffff;

/**
 * An IP address in any of its written forms as four u32, the highest first; an IPv4 address a.b.c.d
 * is the same as ::ffff:a.b.c.d.
 *
 * @returns undefined if it is none; an address with a zone, such as `fe80::1%eth0`, is none
 */
export function parseIpAddress(text: string): Uint32Array<ArrayBuffer> | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return Uint32Array.of(0, 0, V4_MAPPED, ipv4);
  // With these letters alone, nothing but an address stands between the brackets.
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
 * An IP address as people read it: an IPv4 address in dotted form, others as RFC 5952 has them.
 *
 * @param words holds its four u32, the highest first
 * @param at index of the first of them
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

/** Whether four u32 are an IPv4 address, which is then the last of them. */
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
