import { lookup3 } from "../../../../lib/recording/hdf5/lookup3.ts";
import { assertEquals } from "../../../assert.ts";

const text = new TextEncoder().encode("Four score and seven years ago");

Deno.test("lookup3() gives the sums that its author's own test has", () => {
  assertEquals(lookup3(text), 0x17770551);
  assertEquals(lookup3(text, 1), 0xcd628161);
  assertEquals(lookup3(new Uint8Array()), 0xdeadbeef);
});
