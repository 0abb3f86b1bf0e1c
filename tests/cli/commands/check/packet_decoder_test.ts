import { PacketDecoder, VOLTAGES } from "../../../../cli/commands/check/packet_decoder.ts";
import { assertEquals } from "../../../assert.ts";

/** Bytes from lines of hexadecimal numbers. */
function bytesOf(...lines: string[]): Uint8Array {
  return Uint8Array.fromHex(lines.join("").replaceAll(" ", ""));
}

/** Thirty words from a first one on, each one more. */
function wordsFrom(first: number, swap = false): string {
  return Array.from({ length: 30 }, (_, index) => {
    const text = (first + index).toString(16).padStart(4, "0");
    return swap ? text.slice(2) + text.slice(0, 2) : text;
  }).join("");
}

/** Two readouts in big-endian order, written by hand. */
const BIG = bytesOf(
  "18 d7 5b 5c 9a 2e 3c 01", // TACK time
  "80 00 94 7a", // raw lines 0 and 1: 0 mV and 400 mV
  wordsFrom(0x1002), // raw lines 2 to 31
  "ff ff ff ff 00 00 00 07", // auxiliary stamp
  "7f ff 00 00", // raw lines 32 and 33: 5000.3205 mV and 2500.1984 mV
  wordsFrom(0x2022), // raw lines 34 to 63
  "18 d7 5b 5c a0 24 1d 01", // 100 ms later
  "12 34 56 78",
  wordsFrom(0x3002),
  "00 00 00 00 00 00 00 00",
  "9a bc de f0",
  wordsFrom(0x4022),
);

/** The same first readout in little-endian order. */
const LITTLE = bytesOf(
  "01 3c 2e 9a 5c 5b d7 18",
  "00 80 7a 94",
  wordsFrom(0x1002, true),
  "07 00 00 00 ff ff ff ff",
  "ff 7f 00 00",
  wordsFrom(0x2022, true),
);

function decoded(decoder: PacketDecoder, index: number) {
  const times = new Uint32Array(4);
  const words = new Uint16Array(64);
  decoder.timesInto(index, times);
  decoder.wordsInto(index, words);
  return { times: [...times], words: [0, 1, 2, 31, 32, 33, 34, 63].map((line) => words[line]) };
}

const FIRST = {
  times: [0x18d75b5c, 0x9a2e3c01, 0xffffffff, 7],
  words: [0x8000, 0x947a, 0x1002, 0x101f, 0x7fff, 0, 0x2022, 0x203f],
};

Deno.test("check decodes golden packets of both byte orders", () => {
  const big = new PacketDecoder("big");
  assertEquals(big.read(BIG), undefined);
  assertEquals(big.count, 2);
  assertEquals(decoded(big, 0), FIRST);
  assertEquals(decoded(big, 1), {
    times: [0x18d75b5c, 0xa0241d01, 0, 0],
    words: [0x1234, 0x5678, 0x3002, 0x301f, 0x9abc, 0xdef0, 0x4022, 0x403f],
  });
  const little = new PacketDecoder("little");
  assertEquals(little.read(LITTLE), undefined);
  assertEquals(decoded(little, 0), FIRST);
});

Deno.test("check decodes a packet anywhere in memory", () => {
  const memory = new Uint8Array(1000);
  memory.set(BIG, 7);
  const decoder = new PacketDecoder("big");
  assertEquals(decoder.read(memory.subarray(7, 7 + 288)), undefined);
  assertEquals(decoded(decoder, 0), FIRST);
});

Deno.test("check refuses malformed packets for the same reasons as a daemon must", () => {
  const decoder = new PacketDecoder("big");
  for (
    const [bytes, reason] of [
      [BIG.subarray(0, 0), "empty"],
      [BIG.subarray(0, 143), "fractional"],
      [new Uint8Array(145), "fractional"],
      [new Uint8Array(63 * 144), "oversize"],
      [new Uint8Array(9001), "oversize"],
    ] as const
  ) {
    assertEquals(decoder.read(bytes), reason);
    assertEquals(decoder.count, 0);
  }
  assertEquals(decoder.read(new Uint8Array(62 * 144)), undefined);
  assertEquals(new PacketDecoder("little").read(BIG), "byteOrder");
  // A jump of TACK is not another byte order: read the other way, its times do not rise slowly.
  const jump = BIG.slice();
  jump[0] = 0;
  assertEquals(decoder.read(jump), undefined);
});

Deno.test("check has the voltage of each ADC word", () => {
  const golden = [[0x8000, 0], [0x8001, 0.0763], [0x947a, 399.9646], [0, 2500.1984]] as const;
  for (const [word, millivolts] of [...golden, [0x7fff, 5000.3205] as const]) {
    assertEquals(VOLTAGES[word], Math.fround(millivolts), word.toString(16));
  }
});
