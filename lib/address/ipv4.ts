/**
 * An IPv4 address in dotted form as a u32, first octet in the top byte.
 *
 * @returns undefined for any other text, and for an octet with a leading zero (some programs read
 * it as octal)
 */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let address = 0;
  for (const octet of octets) {
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

/** A u32 as an IPv4 address in dotted form. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
