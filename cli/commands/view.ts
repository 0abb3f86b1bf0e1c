import { ConfigurationError } from "../../lib/errors.ts";
import { ControlServer } from "../../lib/http/server.ts";
import { Listener } from "../../lib/listener/listener.ts";
import {
  EVENTS_ANSWER_BYTES,
  EVENTS_PLACES,
  eventsAnswer,
} from "../../lib/replay/events_answer.ts";
import { LiveView } from "../../lib/view/server/live_view.ts";
import { ListenedCamera } from "../../lib/view/source/listened_camera.ts";
import { defineCommand } from "../command.ts";
import { controlAccess, controlOptions } from "../options/control_options.ts";
import { DEFAULT_ENDPOINT, VIEW_CONTROL } from "../options/endpoint.ts";
import { endpointOption } from "../options/endpoint_option.ts";
import { list, withDefault } from "../options/option.ts";
import { byteSize, pixel } from "../options/value.ts";
import { adviceOn } from "../terminal/advice.ts";
import { count, ledgerText } from "../terminal/format.ts";
import { StatusLoop } from "../terminal/status_loop.ts";

/** `ssdaq view`: the live page for any endpoint. */
export const view = defineCommand({
  name: "view",
  summary: "serve a page with the live camera image of any endpoint",
  usage: "view [options]",
  maxOperands: 0,
  endsWithAccount: true,
  options: {
    endpoint: endpointOption,
    ...controlOptions(VIEW_CONTROL),
    history: withDefault(byteSize, "64MiB", {
      placeholder: "SIZE",
      help: "memory for events that pages can show again",
    }),
    badPixel: list(pixel, {
      placeholder: "SLOT:LINE",
      help: "a pixel to leave out, by slot and raw line",
    }),
  },
  examples: [
    ["ssdaq view", `show the events of ${DEFAULT_ENDPOINT}, at http://${VIEW_CONTROL}`],
    [
      "ssdaq view -e tcp://daq.example:9004 --control 8080",
      "the events of another host, on port 8080",
    ],
  ],
  notes: "A daemon serves the same page on its control port, with more facts about the modules.",
  async run({ values, terminal, signal }) {
    const access = controlAccess(values);
    if (access === undefined) {
      throw new ConfigurationError("--control off: the page needs a port; give one");
    }
    const { log } = terminal;
    await using listener = await Listener.connect({ endpoints: values.endpoint, signal, log });
    using camera = new ListenedCamera({
      origin: values.endpoint.join(" and "),
      ledger: listener.ledger,
      replayBytes: values.history,
      badPixels: values.badPixel,
    });
    using live = new LiveView({
      status: () => camera.status(performance.now()),
      lastSeenMs: camera.lastSeenMs,
    });
    await using server = ControlServer.start({
      ...access,
      routes: [...live.routes, {
        method: "GET",
        path: "/events",
        places: EVENTS_PLACES,
        answerBytes: EVENTS_ANSWER_BYTES,
        handle: ({ searchParams }) => eventsAnswer(camera.replay, searchParams),
      }],
      log,
      advise: adviceOn,
    });
    terminal.info(`the live page is at ${server.url}`);
    terminal.info(`listening to ${values.endpoint.join(" and ")}`);
    const { recorder } = listener.ledger;
    using _status = new StatusLoop(
      terminal,
      () => `${live.viewers} pages | ${count(recorder.stored)} events`,
    );
    for await (const event of listener) {
      recorder.stored++;
      camera.push(event, performance.now());
      live.push([event]);
    }
    return {
      data: { command: "view", ledger: listener.ledger },
      text: ledgerText(listener.ledger),
    };
  },
});
