import { loadPart } from "../load_part.ts";

/** The SVG renderer. It is loaded only when needed, because it is 3 MB of program and fonts. */
async function loadRenderer() {
  return await loadPart("the SVG renderer", importRenderer);
}

async function importRenderer() {
  const [{ initWasm, Resvg }, wasm, font] = await Promise.all([
    import("@resvg/resvg-wasm"),
    import("@resvg/resvg-wasm/index_bg.wasm", { with: { type: "bytes" } }),
    import("dejavu-fonts-ttf/ttf/DejaVuSans.ttf", { with: { type: "bytes" } }),
  ]);
  await initWasm(new WebAssembly.Module(wasm.default));
  return { Resvg, font: font.default };
}

let renderer: ReturnType<typeof loadRenderer> | undefined;

/**
 * A picture as PNG.
 *
 * @param svg a picture of this library; its font is DejaVu Sans
 * @param scale points of the PNG for one point of the SVG
 */
export async function pngOf(svg: string, scale = 2): Promise<Uint8Array<ArrayBuffer>> {
  renderer ??= loadRenderer();
  const { Resvg, font } = await renderer;
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: [font], defaultFontFamily: "DejaVu Sans" },
  });
  try {
    const rendered = image.render();
    try {
      return new Uint8Array(rendered.asPng());
    } finally {
      rendered.free();
    }
  } finally {
    image.free();
  }
}
