import type { ControlServerOptions } from "../../lib/http/server.ts";
import { isLoopback } from "../../lib/address/tcp_address.ts";
import { readTokenFile } from "../../lib/http/token_file.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import { hostPort } from "../../lib/address/ip_address.ts";
import { list, optional, type Values, withDefault } from "./option.ts";
import { controlAddress, text } from "./value.ts";

/**
 * Options of every command that has a control port.
 *
 * @param usual where it is by default, or `off`
 */
export function controlOptions(usual: string) {
  return {
    control: withDefault(controlAddress, usual, {
      placeholder: "[HOST:]PORT",
      help: "where status and commands are served by HTTP, or off",
    }),
    controlHost: list(text, {
      placeholder: "NAME",
      help: "name of this host by which the control port may be called",
    }),
    controlTokenFile: optional(text, {
      placeholder: "FILE",
      help: "token that clients must know; needed off loopback",
    }),
  };
}

/**
 * Who may use the control port where; undefined when there is to be none.
 *
 * @throws {ConfigurationError} for a token file that is none, or none where others reach the port
 * @throws {UnavailableError} for a token file that cannot be read
 */
export function controlAccess(
  { control, controlHost, controlTokenFile }: Values<ReturnType<typeof controlOptions>>,
): Pick<ControlServerOptions, "address" | "names" | "token"> | undefined {
  if (control === undefined) return undefined;
  if (controlTokenFile === undefined && !isLoopback(control.hostname)) {
    throw new ConfigurationError(
      `--control ${hostPort(control)}: other hosts reach this address; give ` +
        "--control-token-file FILE too, or serve on 127.0.0.1",
    );
  }
  const token = controlTokenFile === undefined
    ? undefined
    : readTokenFile("--control-token-file", controlTokenFile);
  return { address: control, names: controlHost, token };
}
