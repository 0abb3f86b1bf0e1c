import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { pixelCentres } from "../../../../lib/picture/camera_picture.ts";
import { colourAt } from "../../../../lib/picture/colour_map.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { CAMERA_PIXELS } from "../../../../lib/wire/camera.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { captured } from "../../../captured.ts";
import { first, nth } from "../../../elements.ts";
import { inFolder, makeEvents } from "../../../lib/recording/fixtures.ts";
import { readPng } from "../../../read_png.ts";
import { HAS_TERMINAL, inTerminal } from "../../in_terminal.ts";
import { refused } from "../../refused.ts";

const NO_MATTER = 0.005;

/** What pixel p shows in event n, mV. */
const voltage = (pixel: number, number: number) => pixel % 128 + 3 * number * (pixel % 2);

/** A file with events 1 to `events` of run 1, in which slot 7 is missing from event 3 on. */
async function writeFile(file: string, events: number): Promise<void> {
  await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
  const made = makeEvents(1, events);
  for (const event of made) {
    const number = Number(event.number);
    event.millivolts.forEach((_, pixel) => event.millivolts[pixel] = voltage(pixel, number));
    event.mask = 0xffffffff;
    event.timestampNs = BigInt(number) * 100_000_000n;
    if (number < 3) continue;
    event.module(7).fill(NaN);
    event.mask &= ~(1 << 7);
  }
  await writer.write(made, 0);
}

/** Values by pixel, as an SVG tells them; NaN for modules that are hatched. */
function valuesIn(svg: string): number[] {
  const told = new Map(
    [...svg.matchAll(/<title>slot (\d+), line (\d+): ([\d.]+) mV<\/title>/g)]
      .map(([, slot, line, value]) => [Number(slot) * 64 + Number(line), Number(value)]),
  );
  return Array.from({ length: 2048 }, (_, pixel) => told.get(pixel) ?? NaN);
}

function assertValues(svg: string, expected: (pixel: number) => number): void {
  valuesIn(svg).forEach((value, pixel) => {
    const wanted = expected(pixel);
    const isSame = Number.isNaN(wanted)
      ? Number.isNaN(value)
      : Math.abs(value - wanted) <= NO_MATTER;
    assert(isSame, `pixel ${pixel}: ${value}, not ${wanted}`);
  });
}

const slotOf = (pixel: number) => Math.floor(pixel / 64);

Deno.test("plot draws event, mean and rms of each pixel with their values, as SVG", () =>
  inFolder(async (folder) => {
    await writeFile(`${folder}/a.h5`, 4);
    const draw = async (...args: string[]) => {
      const { code, stderr } = await SsdaqProcess.run(
        ...["plot", `${folder}/a.h5`, "-o", `${folder}/a.svg`, ...args],
      );
      assertEquals(code, 0, stderr);
      return Deno.readTextFileSync(`${folder}/a.svg`);
    };
    const event = await draw("--event", "3");
    assertValues(event, (pixel) => slotOf(pixel) === 7 ? NaN : voltage(pixel, 3));
    assertStringIncludes(event, "event 3 of run 1");
    assertStringIncludes(event, 'fill="url(#missing)"');
    // Slot 7 has two events, the others four.
    assertValues(await draw("--mean"), (pixel) => voltage(pixel, slotOf(pixel) === 7 ? 1.5 : 2.5));
    assertValues(await draw("--rms"), (pixel) => {
      const scatter = slotOf(pixel) === 7 ? Math.sqrt(1 / 4) : Math.sqrt(5 / 4);
      return 3 * scatter * (pixel % 2);
    });
    const masked = await draw("--bad-pixel", "0:5", "--bad-pixel", "1:0");
    const shown = valuesIn(masked);
    assertValues(masked, (pixel) => [5, 64].includes(pixel) ? NaN : nth(shown, pixel));
    assertEquals(masked.match(/: bad<\/title>/g)?.length, 2);
  }));

Deno.test("plot draws a PNG in which every pixel has its value's colour at its centre", () =>
  inFolder(async (folder) => {
    await writeFile(`${folder}/a.h5`, 1);
    const { code, stdout } = await SsdaqProcess.run(
      ...["plot", `${folder}/a.h5`, "-o", `${folder}/a.png`, "--range", "0..128", "--json"],
    );
    assertEquals(code, 0);
    const { what, events, bytes } = JSON.parse(stdout);
    assertEquals([what, events], ["mean", 1]);
    const file = Deno.readFileSync(`${folder}/a.png`);
    assertEquals(file.length, bytes);
    const image = readPng(file);
    pixelCentres().forEach(({ x, y }, pixel) => {
      const shown = image.at(2 * x, 2 * y);
      assertEquals(shown, [...colourAt(voltage(pixel, 1) / 128)] as typeof shown, `${pixel}`);
    });
    // Beside the camera, where the upper left corner has no module, it is white.
    const corner = { x: Math.min(...pixelCentres().map(({ x }) => x)), y: 130 };
    assertEquals(image.at(2 * corner.x, 2 * corner.y), [255, 255, 255]);
  }));

Deno.test("pixelCentres() are the camera's, with y upwards", () => {
  const centres = pixelCentres();
  const centreOf = (pixel: number) => nth(centres, pixel);
  const [right, left, top] = [centreOf(0), centreOf(28 * 64), centreOf(10 * 64)];
  assert(right.x > left.x);
  const perMm = (right.x - left.x) /
    (nth(CAMERA_PIXELS, 0).xMm - nth(CAMERA_PIXELS, 28 * 64).xMm);
  assertEquals(Math.round(1000 * perMm), 1900);
  assert(top.y < centreOf(15 * 64).y);
});

Deno.test("plot --series draws modules and amplitudes against time", () =>
  inFolder(async (folder) => {
    await writeFile(`${folder}/a.h5`, 5);
    const { code } = await SsdaqProcess.run(
      ...["plot", `${folder}/a.h5`, "--series", "-o", `${folder}/a.svg`],
    );
    assertEquals(code, 0);
    const svg = Deno.readTextFileSync(`${folder}/a.svg`);
    const points = (quantity: string): [number, number][] => {
      const group = captured(svg, new RegExp(`<g id="${quantity}">(.*?)</g>`));
      const line = captured(group, /<path d="M([\d. L]+)" fill="none" stroke="#\w+"\/>$/);
      return line.split("L").map((point) => point.split(" ").map(Number) as [number, number]);
    };
    const modules = points("modules");
    assertEquals(modules.length, 5);
    // Evenly in time, as TACK is; 32 modules twice, then 31, one below.
    const steps = modules.slice(1).map(([x], index) => x - nth(modules, index)[0]);
    for (const step of steps) assert(Math.abs(step - first(steps)) < 0.05 && step > 100);
    const [y1 = NaN, y2 = NaN, y3 = NaN, y4 = NaN] = modules.map(([, y]) => y);
    assertEquals([y1 === y2, y2 < y3, y3 === y4], [true, true, true]);
    // The largest pixel shows 127 + 3 n.
    const largest = points("largest").map(([, y]) => y);
    const rises = largest.slice(1).map((y, index) => nth(largest, index) - y);
    for (const rise of rises) {
      assert(Math.abs(rise - first(rises)) < 0.05 && rise > 5, `${largest}`);
    }
  }));

Deno.test("plot refuses what it cannot draw, and says what to do", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await writeFile(file, 2);
    await refused(2, ["plot"], "plot: no file");
    await refused(2, ["plot", file, "-o", "a.jpg"], "end", ".svg or .png");
    await refused(2, ["plot", file, "--mean", "--rms"], "--mean and --rms: give only one of them");
    const logged = ["plot", file, "--mean", "--log"];
    await refused(2, [...logged, "--range", "0..400"], "--range 0..400: give a range above 0");
    assertEquals((await SsdaqProcess.run(...logged, "-o", `${folder}/log.svg`)).code, 0);
    await refused(2, ["plot", file, "--range", "5..1"], "give LOW..HIGH");
    await refused(2, ["plot", file, "--bad-pixel", "32:0"], "slot 0 to 31 and raw line 0 to 63");
    await refused(1, ["plot", file, "--event", "9"], "has no event 9; see ssdaq info");
    await refused(1, ["plot", file, "-o", `${folder}/no/a.svg`], "the folder does not exist");
    await refused(1, ["plot", `${folder}/b.h5`], "there is no such file");
  }));

Deno.test({
  name: "info shows a small camera image on a terminal, and none where it is read by programs",
  ignore: !HAS_TERMINAL,
  fn: () =>
    inFolder(async (folder) => {
      await writeFile(`${folder}/a.h5`, 1);
      const { written, code } = await inTerminal(["info", `${folder}/a.h5`], /never/);
      assertEquals(code, 0);
      assertStringIncludes(written, "mean of each pixel");
      assert(/38;5;\d+;48;5;\d+m▀/.test(written));
      const { stdout } = await SsdaqProcess.run("info", `${folder}/a.h5`);
      assert(!stdout.includes("mean of each pixel"));
    }),
});
