import { flag, optional, several, withDefault } from "../../../cli/options/option.ts";
import {
  byteSize,
  choice,
  duration,
  endpoint,
  integer,
  positive,
  readValue,
  text,
  u64,
  udpAddress,
  type Value,
} from "../../../cli/options/value.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";

const KEY = "--key";

/** Each is refused with the key, the value and what to give. */
function refuses<T>(type: Value<T>, texts: string[], fix: string): void {
  for (const text of texts) {
    assertThrows(() => readValue(type, KEY, text), ConfigurationError, `${KEY} ${text}: ${fix}`);
  }
}

Deno.test("integer() takes exactly the whole numbers of its range", () => {
  fc.assert(fc.property(fc.integer({ min: -50, max: 150 }), (number) => {
    const read = () => readValue(integer(1, 62), KEY, String(number));
    if (number >= 1 && number <= 62) assertEquals(read(), number);
    else assertThrows(read, ConfigurationError, `${KEY} ${number}: give a whole number from 1 to`);
  }));
  refuses(integer(1, 62), ["1.5", "1e1", "0x5", "five", " 5", "+5", "-5", "1_0"], "give a whole");
  const { message } = assertThrows(
    () => readValue(integer(3, Infinity), KEY, "2"),
    ConfigurationError,
  );
  assertEquals(message, "--key 2: give a whole number of at least 3");
});

Deno.test("u64 takes all 64 bits exactly, and no more", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (number) => {
    assertEquals(readValue(u64, KEY, String(number)), number);
  }));
  const fix = "give a whole number from 0 to 2^64 - 1";
  refuses(u64, [String(2n ** 64n), "-1", "1.0", "0x1", "run", "1n"], fix);
});

Deno.test("positive takes decimal numbers above 0", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.nat(999), (whole, part) => {
    const written = `${whole}.${String(part).padStart(3, "0")}`;
    assertEquals(readValue(positive, KEY, written), Number(written));
  }));
  refuses(positive, ["0", "0.0", "-1", "1e3", ".5", "1.", "NaN", "Infinity", "x"], "give a number");
});

Deno.test("choice() takes its words as they are, and names them all otherwise", () => {
  const order = choice("big", "little");
  assertEquals(["big", "little"].map((word) => readValue(order, KEY, word)), ["big", "little"]);
  refuses(order, ["Big", "bi", "middle", "constructor"], "give one of big, little");
});

Deno.test("text takes anything but nothing", () => {
  assertEquals(readValue(text, KEY, " a b "), " a b ");
  assertThrows(() => readValue(text, KEY, ""), ConfigurationError, "--key: needs a value");
});

Deno.test("durations, sizes and addresses are refused with their units or forms", () => {
  refuses(duration, ["10", "ten", "5 s", "5sec", "-5s", "0s"], "not a duration above 0; give a");
  refuses(byteSize, ["10", "5mb", "0MiB", "-1GB", "1 GB"], "not a size above 0; give a number");
  refuses(endpoint, ["udp://1.2.3.4:5", "host:"], "not an endpoint; give PORT or tcp://HOST:PORT");
  refuses(udpAddress("0.0.0.0"), ["x", "1.2.3.4", "70000"], "not an address; give PORT or HOST:P");
  assertEquals([readValue(duration, KEY, "1.5s"), readValue(byteSize, KEY, "2KiB")], [1500, 2048]);
  assertEquals(readValue(udpAddress("127.0.0.1"), KEY, "5"), { hostname: "127.0.0.1", port: 5 });
});

Deno.test("an option stands for its default only when nothing was written", () => {
  const about = { help: "" };
  assertEquals(optional(duration, about).read(KEY, []), undefined);
  assertEquals(withDefault(duration, "2s", about).read(KEY, []), 2000);
  assertEquals(several(duration, "2s", about).read(KEY, []), [2000]);
  assertEquals(several(duration, "2s", about).read(KEY, ["1s", "3s"]), [1000, 3000]);
  assertEquals(flag(about).read(KEY, []), false);
  assertEquals(flag(about).read(KEY, [""]), true);
});

Deno.test("several() looks at each of its values", () => {
  const option = several(duration, "2s", { help: "" });
  assertThrows(() => option.read(KEY, ["1s", "x"]), ConfigurationError, "--key x: not a duration");
});
