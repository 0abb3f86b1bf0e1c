import { cameraPicture } from "../../../lib/picture/camera_picture.ts";
import { assertEquals, assertMatch } from "../../assert.ts";

Deno.test("a picture tells each pixel's value; that it has none; or that it is bad", () => {
  const values = new Float64Array(2048).fill(12.5);
  values[64] = NaN;
  const svg = cameraPicture({
    ...{ values, scale: { low: 0, high: 400 }, unit: "mV", title: "camera", badPixels: [2047, 64] },
  });
  assertMatch(svg, /slot 0, line 0: 12\.50 mV/);
  assertMatch(svg, /slot 31, line 63: bad/);
  assertMatch(svg, /slot 1, line 0: bad/);
  values[65] = NaN;
  const again = cameraPicture({ values, scale: { low: 0, high: 400 }, unit: "mV", title: "" });
  assertEquals(again.match(/: no value/g)?.length, 2);
  assertEquals(again.match(/: 12\.50 mV/g)?.length, 2046);
});
