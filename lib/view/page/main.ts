/// <reference lib="dom" />
import { itemAt } from "../../item_at.ts";
import {
  CAMERA_PIXELS,
  pixelAt,
  PIXELS,
  PIXELS_PER_MODULE,
  SLOTS,
  slotsOf,
} from "../../wire/camera.ts";
import { CameraEvent, EVENT_BYTES } from "../../wire/event.ts";
import { LiveClient } from "../client/live_client.ts";
import { Recent } from "../client/recent.ts";
import { RecentStatus } from "../client/recent_status.ts";
import { silentSlots, type State, stateOf } from "../client/state.ts";
import { type Frame, type ModuleAges, type ShownEvent, shownEvent } from "../protocol/frame.ts";
import type { LiveStatus } from "../protocol/live_status.ts";
import { CameraCanvas } from "./camera_canvas.ts";
import { Chart } from "./charts.ts";
import { Controls } from "./controls.ts";
import { csvOf, download } from "./downloads.ts";
import { byId, setText } from "./elements.ts";
import { LedgerTable, ModuleTable } from "./tables.ts";

/** Interval of updates of everything except the picture, ms. */
const STATE_MS = 200;
const TABLES_MS = 500;
/**
 * Interval of chart updates. A second is only a point or two, and charts cost more than the camera.
 */
const CHARTS_MS = 1000;

/** Where this tab stores the token for the server. */
const TOKEN_KEY = "ssdaq-token";

const NOTHING = new Float32Array(PIXELS).fill(NaN);

/** For example after an upgrade of the daemon. */
const UNEXPECTED: State = {
  level: "bad",
  text: "the server and this page have different versions: reload the page",
};

const canvasElement = byId("camera", HTMLCanvasElement);
const camera = new CameraCanvas(canvasElement);
const recent = new Recent();
const controls = new Controls(() => draw());
const modules = new ModuleTable(
  byId("modules", HTMLTableSectionElement),
  (slot) => choose({ slot }),
);
const ledger = new LedgerTable(byId("ledger", HTMLTableSectionElement));
const chart = (name: string, unit: string, ...labels: string[]) =>
  new Chart(byId(`chart-${name}`, HTMLDivElement), unit, labels);
const charts = {
  chosen: chart("chosen", "mV", "chosen"),
  modules: chart("modules", "modules", "modules in the event"),
  amplitudes: chart("amplitudes", "mV", "mean", "largest"),
  total: chart("total", "mV", "total"),
  rate: chart("rate", "1/s", "events/s"),
};
const recentStatus = new RecentStatus();
let losses: { labels: string; chart: Chart } | undefined;
const history = byId("history", HTMLInputElement);
const pauseButton = byId("pause", HTMLButtonElement);

let event: ShownEvent | undefined;
let ages: ModuleAges | undefined;
let status: LiveStatus | undefined;
let chosen: { pixel: number } | { slot: number } = { pixel: 0 };
let frozen = false;
/** Whether this page cannot read the server's status. */
let isUnexpected = false;
let visibleSinceMs = 0;
let fetching: AbortController | undefined;

const connection = new LiveClient({
  url: location.origin,
  token: () => sessionStorage.getItem(TOKEN_KEY) ?? undefined,
  // A browser does not draw a page in the background, so such a page requests no frames.
  pace: (draw) => void requestAnimationFrame(draw),
  onFrame(frame: Frame) {
    ages = frame.ages;
    showState();
    if (frame.event !== undefined) {
      recent.push(frame.event, Date.now() / 1000);
      if (!frozen) event = frame.event;
    }
    if (!frozen) draw();
  },
  onStatus(told) {
    status = told;
    isUnexpected = false;
    recentStatus.push(told, Date.now() / 1000);
    const { run, epoch } = told;
    const range = told.replay.findLast((kept) => kept.run === run && kept.epoch === epoch);
    history.disabled = range === undefined;
    if (range === undefined) return;
    history.min = String(range.from);
    history.max = String(range.to);
    if (!frozen) history.value = String(range.to);
  },
  onUnexpected() {
    isUnexpected = true;
    showState();
  },
  onRefused(httpStatus) {
    if (httpStatus === 401) byId("token-form", HTMLFormElement).hidden = false;
  },
});

function draw(): void {
  const millivolts = event?.millivolts ?? NOTHING;
  const present = new Set(slotsOf(event?.mask ?? 0));
  const hatched = new Set([...Array(SLOTS).keys()].filter((slot) => !present.has(slot)));
  if (!frozen && ages !== undefined) { for (const slot of silentSlots(ages)) hatched.add(slot); }
  const badPixels = new Set(status?.badPixels ?? []);
  const scale = controls.scaleFor(millivolts);
  camera.draw({ millivolts, scale, hatched, badPixels, chosen });
}

function choose(wanted: typeof chosen): void {
  chosen = wanted;
  draw();
  showChosen();
}

function showChosen(): void {
  const name = "pixel" in chosen ? nameOf(chosen.pixel) : `module ${chosen.slot}, mean`;
  setText(byId("chosen-name", HTMLElement), name);
  charts.chosen.show(recent.seriesOf(chosen));
}

function nameOf(pixel: number): string {
  const { slot, rawLine } = itemAt(CAMERA_PIXELS, pixel);
  const value = event?.millivolts[pixel] ?? NaN;
  const shown = Number.isNaN(value) ? "no value" : `${value.toFixed(1)} mV`;
  return `slot ${slot}, line ${rawLine}: ${shown}, TACK ${event?.timestampNs ?? "-"} ns`;
}

function freeze(on: boolean): void {
  frozen = on;
  pauseButton.setAttribute("aria-pressed", String(on));
  setText(pauseButton, on ? "Live" : "Pause");
}

/** Shows an event of the replay buffer. Only the last request counts. */
async function showPast(number: string): Promise<void> {
  if (status === undefined) return;
  fetching?.abort();
  fetching = new AbortController();
  const { signal } = fetching;
  try {
    const { run, epoch } = status;
    const path = `/events?run=${run}&epoch=${epoch}&from=${number}&to=${number}`;
    const bytes = await (await connection.fetch(path, signal)).arrayBuffer();
    if (bytes.byteLength !== EVENT_BYTES) return;
    event = shownEvent(new CameraEvent(bytes));
    draw();
    showEvent();
  } catch (error) {
    if (!signal.aborted) setText(byId("event", HTMLElement), `not available: ${error}`);
  }
}

function showEvent(): void {
  const text = event === undefined
    ? "no event"
    : `run ${event.run}, event ${event.number}, ${slotsOf(event.mask).length} modules`;
  setText(byId("event", HTMLElement), frozen ? `${text} (not live)` : text);
}

function showState(): void {
  // In the background nothing is requested, so a missing answer means nothing.
  if (document.hidden) return;
  const state = isUnexpected && connection.connected ? UNEXPECTED : stateOf(
    {
      connected: connection.connected,
      heardMs: Math.min(connection.silentMs, performance.now() - visibleSinceMs),
      ages,
      paused: status?.paused ?? false,
    },
    new Date(),
  );
  const banner = byId("state", HTMLElement);
  setText(banner, state.text);
  if (banner.dataset.level !== state.level) banner.dataset.level = state.level;
}

function showCharts(): void {
  if (document.hidden) return;
  charts.modules.show(recent.series("modules"));
  charts.amplitudes.show(recent.series("mean", "largest"));
  charts.total.show(recent.series("total"));
  charts.rate.show(recentStatus.rates());
  showLosses();
  showChosen();
}

function showTables(): void {
  if (document.hidden) return;
  showEvent();
  if (status === undefined || ages === undefined) return;
  setText(byId("rate", HTMLElement), `${status.eventsPerSecond.toFixed(1)} events/s`);
  modules.show(status.slots, ages);
  ledger.show(status.ledger);
}

/** Shows a line for each cause that this source counts. */
function showLosses(): void {
  const { labels, columns } = recentStatus.losses();
  if (labels.length === 0) return;
  if (losses?.labels !== labels.join()) {
    byId("chart-losses", HTMLDivElement).replaceChildren();
    losses = { labels: labels.join(), chart: chart("losses", "1/s", ...labels) };
  }
  losses.chart.show(columns);
}

canvasElement.onpointermove = (pointer) => {
  const pixel = camera.layout.pixelAt(...camera.pointAt(pointer));
  if (pixel !== undefined) setText(byId("hover", HTMLElement), nameOf(pixel));
};
canvasElement.onclick = (pointer) => {
  const [x, y] = camera.pointAt(pointer);
  const pixel = camera.layout.pixelAt(x, y);
  const slot = camera.layout.slotAt(x, y);
  if (pixel !== undefined) choose({ pixel });
  else if (slot !== undefined) choose({ slot });
};
canvasElement.onkeydown = (key) => {
  const steps: Record<string, [down: number, right: number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[key.key];
  if (step === undefined) return;
  key.preventDefault();
  const { cameraRow, cameraColumn } = itemAt(
    CAMERA_PIXELS,
    "pixel" in chosen ? chosen.pixel : chosen.slot * PIXELS_PER_MODULE,
  );
  const pixel = pixelAt(cameraRow + step[0], cameraColumn + step[1]);
  if (pixel !== undefined) choose({ pixel });
};
pauseButton.onclick = () => freeze(!frozen);
history.oninput = () => {
  freeze(true);
  void showPast(history.value);
};
byId("png", HTMLButtonElement).onclick = async () => {
  download(`camera-${event?.run}-${event?.number}.png`, await camera.png());
};
byId("csv", HTMLButtonElement).onclick = () => {
  if (event === undefined) return;
  const csv = new Blob([csvOf(event)], { type: "text/csv" });
  download(`camera-${event.run}-${event.number}.csv`, csv);
};
byId("token-form", HTMLFormElement).onsubmit = (submitted) => {
  submitted.preventDefault();
  sessionStorage.setItem(TOKEN_KEY, byId("token", HTMLInputElement).value);
  connection.reconnect();
  byId("token-form", HTMLFormElement).hidden = true;
};
const resize = () => {
  camera.resize();
  for (const chart of [...Object.values(charts), losses?.chart]) chart?.resize();
  draw();
};
new ResizeObserver(resize).observe(canvasElement);
matchMedia("(prefers-color-scheme: dark)").onchange = resize;
document.onvisibilitychange = () => visibleSinceMs = performance.now();
setInterval(showState, STATE_MS);
setInterval(showTables, TABLES_MS);
setInterval(showCharts, CHARTS_MS);
