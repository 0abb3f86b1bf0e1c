/**
 * Makes the pictures of the docs in `docs/images`: the live page of a daemon, in headless chromium,
 * and the camera image of an event in a file. Both show a simulated night sky. It needs more than a
 * minute, so that the curves of the page have their full length.
 *
 * `deno task pictures`
 *
 * @module
 */

/// <reference lib="dom" />
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { PNG } from "pngjs";
import { daemonPlaces, SsdaqProcess } from "../cli/process/ssdaq_process.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { messageOf, OperationError } from "../lib/errors.ts";
import { itemAt } from "../lib/item_at.ts";
import { sleep } from "../lib/time/sleep.ts";
import { CameraLayout } from "../lib/view/page/camera_layout.ts";

const IMAGES = fileURLToPath(new URL("../docs/images", import.meta.url));

/** At this event the curves of the page have their full length, one minute. */
const EVENT = 700;
const EVENTS_PER_SECOND = 10;
const DEADLINE_MS = 2 * EVENT / EVENTS_PER_SECOND * 1000;

/** With this seed, many stars and part of a cloud are in the camera at that event. */
const SEED = 15_008;

/** A range that also shows faint stars, mV. */
const RANGE = { low: 40, high: 200 };

const terminal = new Terminal();

/** Simulates a camera under the night sky, and makes both pictures. */
async function makePictures(folder: string): Promise<void> {
  await using daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
  ]);
  const { target, endpoint, control } = await daemonPlaces(daemon);
  if (control === undefined) throw new OperationError("the daemon has no control port");
  const file = `${folder}/night.h5`;
  await using record = new SsdaqProcess(["record", file, "-e", endpoint]);
  await daemon.says(/subscriber joined/);
  await using sim = new SsdaqProcess([
    ...["sim", "--target", target, "--scene", "stars", "--seed", `${SEED}`],
  ]);
  await sim.says(/modules from/);
  await rateReached(control);
  await takePage(control, `${IMAGES}/live_view.png`);
  for (const process of [sim, daemon, record]) {
    const { code, stderr } = await process.stop();
    if (code !== 0) throw new OperationError(`a process failed:\n${stderr}`);
  }
  const image = `${folder}/camera.png`;
  const { low, high } = RANGE;
  const range = `${low}..${high}`;
  const drawn = await SsdaqProcess.run(
    ...["plot", file, "--event", `${EVENT}`, "--range", range, "-o", image],
  );
  if (drawn.code !== 0) throw new OperationError(`no camera image:\n${drawn.stderr}`);
  Deno.writeFileSync(`${IMAGES}/camera.png`, halved(Deno.readFileSync(image)));
}

/** Waits until events come at the full rate, so that no curve begins too low. */
async function rateReached(control: string): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  for (let rate = 0; Math.abs(rate - EVENTS_PER_SECOND) > 0.15;) {
    if (performance.now() > endMs) throw new OperationError(`only ${rate} events/s`);
    await sleep(100);
    const status = await (await fetch(`${control}/status`)).json();
    rate = status.rates.eventsPerSecond;
  }
}

/** Takes the picture of the live page when its curves are full, with the brightest pixel selected. */
async function takePage(url: string, path: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    // In a container, chromium cannot use its sandbox as root.
    args: ["--no-sandbox"],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1100, height: 905 } });
    const page = await context.newPage();
    await page.goto(url);
    await page.fill("#low", `${RANGE.low}`);
    await page.fill("#high", `${RANGE.high}`);
    await page.waitForFunction(isWhole, { event: EVENT, rate: EVENTS_PER_SECOND }, {
      timeout: DEADLINE_MS,
    });
    await chooseBrightest(page);
    Deno.writeFileSync(path, packed(await page.screenshot()));
  } finally {
    await browser.close();
  }
}

/** Runs in the page: whether it has reached that event, and shows no problem. */
function isWhole({ event, rate }: { event: number; rate: number }): boolean {
  const numberIn = (selector: string, pattern: RegExp) =>
    Number(pattern.exec(document.querySelector(selector)?.textContent ?? "")?.[1]);
  const rows = [...document.querySelectorAll<HTMLElement>("#modules tr")];
  return numberIn("#event", /event (\d+)/) >= event &&
    Math.abs(numberIn("#rate", /([\d.]+) events/) - rate) < 0.15 &&
    rows.length === 32 && rows.every((row) => row.dataset.state === "ok") &&
    document.querySelector<HTMLElement>("#state")?.dataset.level === "good";
}

async function chooseBrightest(page: Page): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
  const [, ...rows] = Deno.readTextFileSync(await download.path()).trim().split("\n");
  const millivolts = rows.map((row) => Number(row.split(",")[4]));
  const brightest = millivolts.indexOf(Math.max(...millivolts));
  const canvas = page.locator("#camera");
  const shown = await canvas.boundingBox();
  const height = Number(await canvas.getAttribute("height"));
  if (shown === null) throw new OperationError("the page shows no camera");
  const { left, top, width } = itemAt(new CameraLayout(height).pixels, brightest);
  const scale = shown.height / height;
  const half = width / 2;
  await canvas.click({ position: { x: (left + half) * scale, y: (top + half) * scale } });
  await page.mouse.move(0, 0);
}

/** A PNG with half the width and height: each pixel is the mean of four. */
function halved(bytes: Uint8Array): Uint8Array {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  const small = new PNG({ width: width >> 1, height: height >> 1 });
  for (let at = 0; at < small.data.length; at++) {
    const channel = at % 4;
    const x = 2 * ((at >> 2) % small.width);
    const y = 2 * Math.floor((at >> 2) / small.width);
    const from = 4 * (y * width + x) + channel;
    const below = from + 4 * width;
    small.data[at] = (data[from] + data[from + 4] + data[below] + data[below + 4] + 2) >> 2;
  }
  return written(small);
}

/** The same picture in fewer bytes. */
function packed(bytes: Uint8Array): Uint8Array {
  return written(PNG.sync.read(Buffer.from(bytes)));
}

/** Without transparency, which is not used here, and packed for areas of one colour. */
function written(picture: PNG): Uint8Array {
  return PNG.sync.write(picture, {
    ...{ colorType: 2, filterType: 0, deflateLevel: 9, deflateStrategy: 0 },
  });
}

async function main(): Promise<number> {
  const folder = Deno.makeTempDirSync({ prefix: "ssdaq_pictures" });
  try {
    Deno.mkdirSync(IMAGES, { recursive: true });
    await makePictures(folder);
    return 0;
  } catch (error) {
    terminal.error(messageOf(error));
    return 1;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const code = await main();
await terminal.close();
Deno.exit(code);
