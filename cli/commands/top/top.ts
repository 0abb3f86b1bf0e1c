import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { readTokenFile } from "../../../lib/http/token_file.ts";
import { sleep } from "../../../lib/time/sleep.ts";
import { Recent } from "../../../lib/view/client/recent.ts";
import { RecentStatus } from "../../../lib/view/client/recent_status.ts";
import { stateOf } from "../../../lib/view/client/state.ts";
import { slotsOf } from "../../../lib/wire/camera.ts";
import { defineCommand } from "../../command.ts";
import { DEFAULT_CONTROL } from "../../options/endpoint.ts";
import { flag, list, optional } from "../../options/option.ts";
import { PICTURE_OPTIONS, scaleOf, USUAL_RANGE } from "../../options/picture_options.ts";
import { endpoint, text } from "../../options/value.ts";
import { failureOf } from "../../process/failure_of.ts";
import { controlUrl } from "../ctl/ctl.ts";
import { FullScreen } from "./full_screen.ts";
import { ListenerWatch } from "./listener_watch.ts";
import { LiveWatch } from "./live_watch.ts";
import { screenLines, type Shown } from "./screen.ts";
import type { Watch, Watched } from "./watch.ts";

/** How often new data are read, and drawn if there are any. */
const DRAW_MS = 100;

/** With --once: how long to wait for an event, and then for the rates. */
const ONCE_MS = 5000;

/** The width of the output of --once; its length has no limit. */
const PAGE = { columns: 100, rows: Infinity };

/** `ssdaq top`: shows the camera on a terminal. */
export const top = defineCommand({
  name: "top",
  summary: "watch the camera on a terminal: modules, image, trends, losses",
  usage: "top [options]",
  maxOperands: 0,
  options: {
    endpoint: list(endpoint, {
      short: "e",
      placeholder: "ENDPOINT",
      help: "watch the events published there, instead of a daemon",
    }),
    control: optional(controlUrl, {
      placeholder: "URL",
      help: `the daemon's control port [http://${DEFAULT_CONTROL}]`,
    }),
    tokenFile: optional(text, { placeholder: "FILE", help: "token of that control port" }),
    range: { ...PICTURE_OPTIONS.range, help: "range in mV, or auto [0..400]" },
    once: flag({ help: "print once, and end; the default when stdout is no terminal" }),
  },
  examples: [
    ["ssdaq top", "the daemon on this host"],
    ["ssdaq top -e tcp://daq.example:9004", "the events of another host"],
    ["ssdaq top --once --json", "state, rates, counters and the last event, for scripts"],
  ],
  notes: "Keys: q quits, p pauses the display, ? shows the keys.",
  async run({ values, signal }) {
    if (values.endpoint.length > 0 && values.control !== undefined) {
      throw new ConfigurationError("--endpoint and --control: give only one of them");
    }
    const token = values.tokenFile === undefined
      ? undefined
      : readTokenFile("--token-file", values.tokenFile);
    await using watch = values.endpoint.length > 0
      ? await ListenerWatch.connect(values.endpoint)
      : new LiveWatch(values.control ?? `http://${DEFAULT_CONTROL}`, token);
    const display = new Display(watch, values.range ?? USUAL_RANGE);
    const isScreen = Deno.stdout.isTerminal() && Deno.stdin.isTerminal();
    if (isScreen && !values.once && !values.json) {
      const failure = await failureOf(() => watchScreen(watch, display, signal));
      return { text: "", failure };
    }
    const watched = await once(watch, display, signal);
    return {
      data: dataOf(watch, watched),
      text: screenLines(display.shown(false), PAGE).join("\n"),
    };
  },
});

const NOTHING: Watched = {
  connected: false,
  heardMs: Infinity,
  ages: undefined,
  status: undefined,
  event: undefined,
};

/** The content of the screen, and its recent history. */
class Display {
  paused = false;
  help = false;
  readonly #watch: Watch;
  readonly #range: Parameters<typeof scaleOf>[0]["range"];
  readonly #recent = new Recent();
  readonly #recentStatus = new RecentStatus();
  #watched: Watched;
  #now = new Date();

  constructor(watch: Watch, range: Parameters<typeof scaleOf>[0]["range"]) {
    this.#watch = watch;
    this.#range = range;
    this.#watched = NOTHING;
  }

  /** Adds new data. */
  look(): Watched {
    const watched = this.#watch.look(performance.now());
    const now = new Date();
    const { event, status } = watched;
    if (event !== undefined && event !== this.#watched.event) {
      this.#recent.push(event, now.getTime() / 1000);
    }
    const isFirst = this.#watched.status === undefined;
    if (status !== undefined && (isFirst || this.#isNewSecond(now))) {
      this.#recentStatus.push(status, now.getTime() / 1000);
    }
    this.#watched = watched;
    this.#now = now;
    return watched;
  }

  shown(colour: boolean): Shown {
    const millivolts = this.#watched.event?.millivolts ?? [];
    return {
      watched: this.#watched,
      origin: this.#watch.origin,
      now: this.#now,
      recent: this.#recent,
      recentStatus: this.#recentStatus,
      scale: scaleOf({ range: this.#range, log: false }, millivolts),
      paused: this.paused,
      help: this.help,
      colour,
    };
  }

  #isNewSecond(now: Date): boolean {
    return Math.floor(now.getTime() / 1000) !== Math.floor(this.#now.getTime() / 1000);
  }
}

/** Shows the camera until q or Ctrl-C. */
async function watchScreen(watch: Watch, display: Display, signal: AbortSignal): Promise<void> {
  const ending = Promise.withResolvers<void>();
  const draw = () => {
    if (!display.paused) display.look();
    screen.show(screenLines(display.shown(!Deno.noColor), screen.size));
  };
  const keys: Record<string, () => void> = {
    q: () => ending.resolve(),
    p: () => display.paused = !display.paused,
    "?": () => display.help = !display.help,
  };
  await using screen = new FullScreen(
    (key) => {
      keys[key]?.();
      draw();
    },
    draw,
    () => ending.resolve(),
  );
  signal.addEventListener("abort", () => ending.resolve(), { once: true });
  const timer = setInterval(draw, DRAW_MS);
  try {
    await Promise.race([ending.promise, watch.failure]);
  } finally {
    clearInterval(timer);
  }
}

/** Waits for the first event and the first status. */
async function once(watch: Watch, display: Display, signal: AbortSignal): Promise<Watched> {
  const endMs = performance.now() + ONCE_MS;
  let watched = display.look();
  while (!signal.aborted && performance.now() < endMs) {
    if (watched.event !== undefined && watched.status !== undefined) break;
    // Without a heard module, the state says so at once.
    if (watched.status?.source === "daemon" && isUnheard(watched)) break;
    await Promise.race([sleep(DRAW_MS), watch.failure]);
    watched = display.look();
  }
  if (watched.status === undefined || !watched.connected) {
    throw new OperationError(
      `no answer from ${watch.origin}: is it running? give another address with --control or --endpoint`,
    );
  }
  return watched;
}

function isUnheard({ ages }: Watched): boolean {
  return ages !== undefined && ages.seconds.every((seconds) => seconds === Infinity);
}

/** The data for scripts. */
function dataOf(watch: Watch, { connected, heardMs, ages, status, event }: Watched) {
  const state = stateOf({ connected, heardMs, ages, paused: status?.paused ?? false }, new Date());
  return {
    command: "top",
    source: watch.origin,
    state,
    silentAfterSeconds: ages?.silentAfterSeconds,
    ...status,
    slots: status?.slots.map((slot) => {
      const seconds = ages?.seconds[slot.slot] ?? Infinity;
      return { ...slot, lastSeenSeconds: seconds === Infinity ? null : seconds };
    }),
    event: event && {
      number: event.number,
      run: event.run,
      timestampNs: event.timestampNs,
      modules: slotsOf(event.mask),
      millivolts: Array.from(event.millivolts, (value) => Number.isNaN(value) ? null : value),
    },
  };
}
