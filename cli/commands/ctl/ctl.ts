import { ControlClient } from "../../../lib/http/client.ts";
import { readTokenFile } from "../../../lib/http/token_file.ts";
import { defineCommand } from "../../command.ts";
import { DEFAULT_CONTROL, parseControlUrl, SIMULATOR_CONTROL } from "../../options/endpoint.ts";
import { optional } from "../../options/option.ts";
import { text, value } from "../../options/value.ts";
import { findAction } from "./action.ts";
import { DAEMON_ACTIONS } from "./daemon_actions.ts";
import { SIMULATOR_ACTIONS } from "./simulator_actions.ts";

/** The address of a control port. */
export const controlUrl = value(parseControlUrl, "`PORT`, `HOST:PORT` or `http://HOST:PORT`", {
  type: ["string", "integer"],
  examples: [`http://${DEFAULT_CONTROL}`],
});

/** `ssdaq ctl`: sends requests to a running daemon or simulator. */
export const ctl = defineCommand({
  name: "ctl",
  summary: "show the state of a running daemon or simulator, or control it",
  usage: `ctl ${Object.keys(DAEMON_ACTIONS).join("|")} [options]\n` +
    "ssdaq ctl sim status|pause [SLOT]|resume [SLOT]|rate HZ|faults on|off [options]",
  maxOperands: 3,
  operandWords: [...Object.keys(DAEMON_ACTIONS), "sim"],
  options: {
    control: optional(controlUrl, {
      placeholder: "URL",
      help: `its control port [http://${DEFAULT_CONTROL}; sim: http://${SIMULATOR_CONTROL}]`,
    }),
    tokenFile: optional(text, { placeholder: "FILE", help: "token of that control port" }),
  },
  examples: [
    ["ssdaq ctl status", "the daemon's rates, counters and modules"],
    ["ssdaq ctl pause", "the daemon builds and counts events but does not publish, until resume"],
    ["ssdaq ctl reset-count --json", "start a new run: event numbers begin at 1 again"],
    ["ssdaq ctl sim pause 7", "module 7 of ssdaq sim --control 8643 stops sending"],
    ["ssdaq ctl sim faults off", "the simulator makes no faults, until faults on"],
  ],
  async run({ values, operands }) {
    const isSimulator = operands[0] === "sim";
    const act = isSimulator
      ? findAction("ctl sim", SIMULATOR_ACTIONS, operands.slice(1))
      : findAction("ctl", DAEMON_ACTIONS, operands);
    const usual = `http://${isSimulator ? SIMULATOR_CONTROL : DEFAULT_CONTROL}`;
    const token = values.tokenFile === undefined
      ? undefined
      : readTokenFile("--token-file", values.tokenFile);
    return await act(new ControlClient(values.control ?? usual, token));
  },
});
