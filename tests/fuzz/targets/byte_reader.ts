/** Takes numbers and parts from an input, from its start on. What it lacks is 0, or missing. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  /** From -32768 to 32767. */
  i16(): number {
    return this.u16() << 16 >> 16;
  }

  u64(): bigint {
    let number = 0n;
    for (let byte = 0n; byte < 8n; byte++) number |= BigInt(this.u8()) << (8n * byte);
    return number;
  }

  /** Up to so many bytes. */
  part(lengthBytes: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at += lengthBytes);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.part(Math.max(0, this.#bytes.length - this.#at));
  }
}
