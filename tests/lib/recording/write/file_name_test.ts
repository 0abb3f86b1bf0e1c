import {
  dateFileName,
  highestOrder,
  orderFileName,
} from "../../../../lib/recording/write/file_name.ts";
import { assertEquals } from "../../../assert.ts";
import { fc } from "../../../property.ts";

Deno.test("dateFileName() has the second in UTC", () => {
  const date = new Date("2024-02-29T23:59:58.999Z");
  assertEquals(dateFileName("sky", date), "sky.20240229T235958Z.h5");
  assertEquals(dateFileName("sky", date, 2), "sky.20240229T235958Z_2.h5");
});

Deno.test("orderFileName() has five digits or more", () => {
  assertEquals(orderFileName("sky", 1), "sky.00001.h5");
  assertEquals(orderFileName("sky", 123456), "sky.123456.h5");
});

Deno.test("highestOrder() looks at names with the prefix only", () => {
  const names = ["sky.00007.h5", "sky.20240229T235958Z.h5", "skyline.00009.h5", "sky.00011.h5.bak"];
  assertEquals(highestOrder(names, "sky"), 7);
  assertEquals(highestOrder(names, "s.y"), 0);
  assertEquals(highestOrder([], "sky"), 0);
});

Deno.test("highestOrder() finds the highest that orderFileName() gave", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1 }), { minLength: 1 }), (orders) => {
    const names = orders.map((order) => orderFileName("a.b", order));
    assertEquals(highestOrder(names, "a.b"), Math.max(...orders));
  }));
});
