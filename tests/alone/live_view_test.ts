/// <reference lib="dom" />
import type { Download, Page } from "playwright-core";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { COLOUR_MAP } from "../../lib/picture/colour_map.ts";
import { CameraLayout } from "../../lib/view/page/camera_layout.ts";
import { PIXELS } from "../../lib/wire/camera.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { startDaemon } from "../cli/pipeline.ts";
import { nth } from "../elements.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { readPng } from "../read_png.ts";
import { waitFor } from "../wait_for.ts";
import { HAS_BROWSER, openPage, startBrowser } from "./browser.ts";
import { keepsPromise } from "./promise.ts";

/** The pixel of each slot that shines; the others are dead. */
const litPixel = (slot: number) => slot * 64 + slot * 37 % 64;
const LIT = Array.from({ length: 32 }, (_, slot) => litPixel(slot));
const DEAD = Array.from({ length: PIXELS }, (_, pixel) => pixel)
  .filter((pixel) => !LIT.includes(pixel));

const nameOf = (pixel: number) => `${pixel >> 6}:${pixel % 64}`;

/** Simulated modules of which one pixel each is lit, to be commanded. */
async function startSimulator(target: string, ...options: string[]) {
  const sim = new SsdaqProcess([
    ...["sim", "--target", target, "--control", "127.0.0.1:0", "--scene", "flat"],
    ...DEAD.flatMap((pixel) => ["--dead-pixel", nameOf(pixel)]),
    ...options,
  ]);
  const control = nth(await sim.says(/control on (http:\S+)/), 1);
  return {
    sim,
    async command(path: string) {
      const response = await fetch(control + path, { method: "POST" });
      assertEquals(response.status, 200, await response.text());
    },
    [Symbol.asyncDispose]: () => sim[Symbol.asyncDispose](),
  };
}

const stateOf = async (page: Page) => await page.textContent("#state") ?? "";

async function says(page: Page, pattern: RegExp): Promise<void> {
  await waitFor(`the page to say ${pattern}`, async () => pattern.test(await stateOf(page)))
    .catch(async (error) => {
      throw new Error(`${error.message}; it says: ${await stateOf(page)}`);
    });
}

/** The canvas as it is: where its pixels are, and the colours of their centres. */
async function lookAt(page: Page) {
  const { width, height } = await page.locator("#camera").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no canvas");
    return { width: canvas.width, height: canvas.height };
  });
  const layout = new CameraLayout(height);
  assertEquals(layout.width, width);
  const centres = layout.pixels.map((box): [number, number] => [
    Math.floor(box.left + box.width / 2),
    Math.floor(box.top + box.height / 2),
  ]);
  const colours = await page.locator("#camera").evaluate((canvas, centres) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no canvas");
    const { width, height } = canvas;
    // A copy, for it is to be read often and the page's own is not.
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (copy === null) throw new Error("no copy");
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    return centres.map(([x, y]): [number, number, number] => {
      const at = 4 * (y * width + x);
      const [red = -1, green = -1, blue = -1] = data.subarray(at, at + 3);
      return [red, green, blue];
    });
  }, centres);
  /** Step of the colour map that a pixel has; -1 where it has none. */
  const stepOf = (pixel: number) => {
    const colour = nth(colours, pixel);
    return COLOUR_MAP.findIndex((step) => step.every((part, index) => part === colour[index]));
  };
  return { centres, colours, stepOf, width, height };
}

async function textOf(download: Download): Promise<string> {
  return await Deno.readTextFile(await download.path());
}

/** Presses something that gives a file. */
async function downloadOf(page: Page, button: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  return download;
}

/** Where a pixel is on the screen. */
async function onScreen(page: Page, pixel: number): Promise<[x: number, y: number]> {
  const box = await page.locator("#camera").boundingBox();
  const { centres, width, height } = await lookAt(page);
  assert(box !== null);
  const [x, y] = nth(centres, pixel);
  return [box.x + (x + 0.5) * box.width / width, box.y + (y + 0.5) * box.height / height];
}

Deno.test({
  name: "the page shows what the modules measured, pixel by pixel, and gives it as CSV and PNG",
  ignore: !HAS_BROWSER,
  async fn() {
    await using running = await startDaemon("--bad-pixel", nameOf(litPixel(3)));
    const { control = "", target } = running;
    await using _simulator = await startSimulator(target);
    await using browser = await startBrowser();
    await using opened = await openPage(browser, control);
    const { page, complaints, requests } = opened;
    await says(page, /^data arriving$/);
    await waitFor(
      "the whole camera",
      async () => /32 modules/.test(await page.textContent("#event") ?? ""),
    );
    await page.click("#pause");

    const [head, ...lines] = (await textOf(await downloadOf(page, "#csv"))).trim().split("\n");
    assertEquals(head, "slot,raw_line,x_mm,y_mm,mV");
    assertEquals(lines.length, PIXELS);
    const millivolts = lines.map((line) => Number(line.split(",")[4]));
    const { colours, centres, stepOf, width, height } = await lookAt(page);
    const lit = LIT.filter((pixel) => pixel !== litPixel(3));
    for (const pixel of lit) assert(nth(millivolts, pixel) > 20, `${nameOf(pixel)} is not lit`);
    for (const pixel of DEAD) assertEquals([millivolts[pixel], stepOf(pixel)], [0, 0]);
    for (const pixel of lit) {
      const expected = Math.round(nth(millivolts, pixel) / 400 * 255);
      assert(expected > 0);
      assert(Math.abs(stepOf(pixel) - expected) <= 1, nameOf(pixel));
    }
    assertEquals(stepOf(litPixel(3)), -1, "a bad pixel has no colour");

    const png = readPng(await Deno.readFile(await (await downloadOf(page, "#png")).path()));
    assertEquals([png.width, png.height], [width, height]);
    assertEquals(centres.map(([x, y]) => png.at(x, y)), colours);

    await page.mouse.move(...await onScreen(page, litPixel(20)));
    const hover = await page.textContent("#hover") ?? "";
    const [slot, line] = nameOf(litPixel(20)).split(":");
    const shown = nth(millivolts, litPixel(20)).toFixed(1);
    assertMatch(
      hover,
      new RegExp(
        `^slot ${slot}, line ${line}: ${shown} mV, TACK \\d+ ns$`,
      ),
    );
    await page.mouse.click(...await onScreen(page, litPixel(20)));
    assertMatch(await page.textContent("#chosen-name") ?? "", /^slot 20, /);
    const chosen = await page.textContent("#chosen-name");
    await page.focus("#camera");
    await page.keyboard.press("ArrowUp");
    assert(await page.textContent("#chosen-name") !== chosen, "an arrow key chooses another pixel");
    await page.click("#modules tr:nth-child(6) button");
    assertEquals(await page.textContent("#chosen-name"), "module 5, mean");

    await page.check("#auto");
    const automatic = await lookAt(page);
    assert(lit.every((pixel) => automatic.stepOf(pixel) > stepOf(pixel)));

    assertEquals(complaints, []);
    const host = control.replace("http://", "");
    for (const url of requests) {
      assertMatch(url, new RegExp(`^((http|ws)://${host}/|blob:http://${host}/|data:,)`));
    }
  },
});

Deno.test({
  name: "a module that falls silent is hatched and named within two seconds, and comes back",
  ignore: !HAS_BROWSER,
  async fn() {
    await using running = await startDaemon();
    const { control = "", target } = running;
    await using simulator = await startSimulator(target);
    await using browser = await startBrowser();
    await using opened = await openPage(browser, control);
    const { page, complaints } = opened;
    await says(page, /^data arriving$/);
    const isShown = async () => {
      const { stepOf } = await lookAt(page);
      const shown = LIT.map((pixel) => stepOf(pixel) > 0);
      return { seven: nth(shown, 7), others: shown.filter((_, slot) => slot !== 7).every(Boolean) };
    };
    await waitFor("all to be shown", async () => Object.values(await isShown()).every(Boolean));

    await keepsPromise("a silent module is named, and hatched 0.5 s later,", 2000, async (nth) => {
      if (nth > 1) await simulator.command("/resume?slot=7");
      await says(page, /^data arriving$/);
      const silencedMs = performance.now();
      await simulator.command("/pause?slot=7");
      await says(page, /^module 7 silent since \d\d:\d\d:\d\d$/);
      const namedMs = performance.now();
      assertEquals(await page.getAttribute("#state", "data-level"), "bad");
      await waitFor("its hatching", async () => !(await isShown()).seven);
      const hatchedMs = performance.now();
      assertEquals(await isShown(), { seven: false, others: true });
      return Math.max(namedMs, hatchedMs - 500) - silencedMs;
    });
    await waitFor(
      "the table to say so",
      async () => await page.textContent("#modules tr:nth-child(8) td") === "SILENT",
    );

    await simulator.command("/resume?slot=7");
    await says(page, /^data arriving$/);
    await waitFor("it to be shown again", async () => (await isShown()).seven);

    await keepsPromise("a silent camera is told", 2000, async (nth) => {
      if (nth > 1) await simulator.command("/resume");
      await says(page, /^data arriving$/);
      await simulator.command("/pause");
      const silencedMs = performance.now();
      await says(page, /^no data since \d\d:\d\d:\d\d$/);
      return performance.now() - silencedMs;
    });
    assertEquals(complaints, []);
  },
});

Deno.test({
  name: "the page says that it is cut off, and goes on when the daemon is there again",
  ignore: !HAS_BROWSER,
  async fn() {
    await using browser = await startBrowser();
    const first = await startDaemon();
    const { control = "", target } = first;
    await using _first = first;
    await using _simulator = await startSimulator(target);
    await using opened = await openPage(browser, control);
    const { page, complaints } = opened;
    await says(page, /^data arriving$/);
    assertEquals(complaints, []);
    const startAgain = (run: string) =>
      new SsdaqProcess([
        ...["daemon", "-l", target, "-p", "tcp://127.0.0.1:0"],
        ...["--control", control.replace("http://", ""), "--run", run],
      ]);
    await keepsPromise("a daemon that is gone is told", 2000, async (nth) => {
      await using daemon = nth === 1 ? first.daemon : startAgain("76");
      await says(page, /^data arriving$/);
      await daemon.stop();
      const stoppedMs = performance.now();
      await says(page, /^disconnected/);
      return performance.now() - stoppedMs;
    });

    await using _second = startAgain("77");
    await says(page, /^data arriving$/);
    await waitFor(
      "the new run",
      async () => /^run 77, event/.test(await page.textContent("#event") ?? ""),
    );
    // While nobody answers, the browser says so itself.
    for (const complaint of complaints) {
      assertMatch(complaint, /ERR_CONNECTION_REFUSED|WebSocket connection|^failed: /);
    }
    const complained = complaints.length;
    await says(page, /^data arriving$/);
    await page.click("#pause");
    await page.locator("#history").evaluate((input) => {
      if (!(input instanceof HTMLInputElement)) throw new Error("no history");
      input.value = "3";
      input.dispatchEvent(new Event("input"));
    });
    await waitFor(
      "an event of the past",
      async () => /^run 77, event 3,.*not live/.test(await page.textContent("#event") ?? ""),
    );
    assertEquals(complaints.slice(complained), []);
  },
});

Deno.test({
  name: "where a token is wanted the page asks for it, and remembers it while it is open",
  ignore: !HAS_BROWSER,
  fn: () =>
    inFolder(async (folder) => {
      const token = `${folder}/token`;
      Deno.writeTextFileSync(token, "a long enough secret\n".replaceAll(" ", "-"), { mode: 0o600 });
      await using running = await startDaemon("--control-token-file", token);
      const { control = "", target } = running;
      await using _simulator = await startSimulator(target);
      await using browser = await startBrowser();
      await using opened = await openPage(browser, control);
      const { page } = opened;
      await page.locator("#token").fill("wrong");
      await page.click("#token-form button");
      await page.locator("#token").waitFor({ state: "visible" });
      await page.locator("#token").fill("a-long-enough-secret");
      await page.click("#token-form button");
      await says(page, /^data arriving$/);
      await page.reload();
      await says(page, /^data arriving$/);
      assert(await page.locator("#token-form").isHidden());
    }),
});

Deno.test({
  name: "ssdaq view shows what any endpoint publishes, on a phone too, in the dark",
  ignore: !HAS_BROWSER,
  async fn() {
    await using running = await startDaemon();
    await using _simulator = await startSimulator(running.target, "--modules", "31");
    await using view = new SsdaqProcess(
      ["view", "-e", running.endpoint, "--control", "127.0.0.1:0", "--json"],
    );
    const url = nth(await view.says(/the live page is at (\S+)/), 1);
    await using browser = await startBrowser();
    await using opened = await openPage(browser, url, {
      ...{ width: 390, height: 800, colorScheme: "dark" },
    });
    const { page, complaints } = opened;
    await says(page, /^data arriving$/);
    await waitFor("the camera", async () => {
      const { stepOf } = await lookAt(page);
      return LIT.every((pixel, slot) => stepOf(pixel) > 0 === slot < 31);
    });
    const { width, background } = await page.evaluate(() => ({
      width: document.scrollingElement?.scrollWidth,
      background: getComputedStyle(document.body).backgroundColor,
    }));
    assertEquals([width, background], [390, "rgb(22, 24, 29)"]);
    await waitFor(
      "the ledger",
      async () => (await page.textContent("#ledger") ?? "").includes("recorder heard"),
    );
    assertEquals(complaints, []);
    const { code, stdout } = await view.stop();
    assertEquals(code, 0);
    assert(JSON.parse(stdout).ledger.recorder.stored > 0);
  },
});
