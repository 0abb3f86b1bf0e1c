import { assertEquals, assertThrows } from "@std/assert";
import { itemAt } from "../../lib/item_at.ts";

Deno.test("itemAt() gives the first and the last item of lists and typed arrays, null included", () => {
  assertEquals(itemAt(["a", "b", "c"], 0), "a");
  assertEquals(itemAt(["a", "b", "c"], 2), "c");
  assertEquals(itemAt(Float64Array.of(1.5, 0), 1), 0);
  assertEquals(itemAt(["a", null], 1), null);
});

Deno.test("itemAt() throws outside a list, and says where", () => {
  for (const index of [-1, 3, 0.5, NaN]) {
    assertThrows(
      () => itemAt(["a", "b", "c"], index),
      RangeError,
      `index ${index} in a list of 3 items`,
    );
  }
  assertThrows(() => itemAt(new Uint8Array(), 0), RangeError, "index 0 in a list of 0 items");
});
