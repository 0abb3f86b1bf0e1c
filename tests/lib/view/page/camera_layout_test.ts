import { type Box, CameraLayout } from "../../../../lib/view/page/camera_layout.ts";
import { CAMERA_PIXELS } from "../../../../lib/wire/camera.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../../assert.ts";
import { nth } from "../../../elements.ts";

const HEIGHTS = [240, 656, 1400];

function centreOf({ left, top, width, height }: Box): [x: number, y: number] {
  return [left + width / 2, top + height / 2];
}

Deno.test("a pixel is drawn at its centre, the camera's middle in the middle", () => {
  for (const height of HEIGHTS) {
    const layout = new CameraLayout(height);
    for (const { pixel, xMm, yMm } of CAMERA_PIXELS) {
      const [x, y] = centreOf(nth(layout.pixels, pixel));
      // 328 mm are the whole height; boxes have whole points.
      assertAlmostEquals(x, height / 2 + xMm * height / 328, 1);
      assertAlmostEquals(y, height / 2 - yMm * height / 328, 1);
    }
  }
});

Deno.test("no two pixels share a point, and each is in its module", () => {
  for (const height of HEIGHTS) {
    const { width, pixels, modules, ...layout } = new CameraLayout(height);
    const owner = new Int32Array(width * height).fill(-1);
    pixels.forEach(({ left, top, width: wide, height: high }, pixel) => {
      assert(wide > 0 && high > 0);
      for (let y = top; y < top + high; y++) {
        for (let x = left; x < left + wide; x++) {
          assertEquals(owner[y * width + x], -1);
          owner[y * width + x] = pixel;
        }
      }
      const module = nth(modules, pixel >> 6);
      assert(left >= module.left && left + wide <= module.left + module.width);
      assert(top >= module.top && top + high <= module.top + module.height);
    });
    assert(layout.scale.left >= height && layout.scale.left + layout.scale.width < width);
  }
});

Deno.test("a point finds its pixel and module, and nothing beside the camera", () => {
  const layout = new CameraLayout(656);
  for (const { pixel, slot } of CAMERA_PIXELS) {
    const [x, y] = centreOf(nth(layout.pixels, pixel));
    assertEquals([layout.pixelAt(x, y), layout.slotAt(x, y)], [pixel, slot]);
  }
  // The camera has no modules in its corners.
  assertEquals([layout.pixelAt(10, 10), layout.slotAt(10, 10)], [undefined, undefined]);
});
