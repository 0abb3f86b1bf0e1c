import { hostPort } from "../../lib/address/ip_address.ts";
import { isLoopback, type TcpAddress } from "../../lib/address/tcp_address.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import type { ControlServerOptions } from "../../lib/http/server.ts";
import { readTokenFile } from "../../lib/http/token_file.ts";
import { list, optional, type Values, withDefault } from "./option.ts";
import { controlAddress, text } from "./value.ts";

/**
 * Options of every command that has a control port.
 *
 * @param usual the default address, or `off`
 */
export function controlOptions(usual: string) {
  return {
    control: withDefault(controlAddress, usual, {
      placeholder: "[HOST:]PORT",
      help: "where to serve status and commands by HTTP, or off",
    }),
    controlHost: list(text, {
      placeholder: "NAME",
      help: "a name of this host that clients may use for the control port",
    }),
    controlTokenFile: optional(text, {
      placeholder: "FILE",
      help: "token that clients must send; needed on addresses other than loopback",
    }),
  };
}

/**
 * Refuses a control port that other hosts reach and that has no token.
 *
 * @param key what it was written for, such as `--control`
 * @throws {ConfigurationError}
 */
export function requireToken(
  key: string,
  control: TcpAddress | undefined,
  controlTokenFile: string | undefined,
): void {
  if (control === undefined || controlTokenFile !== undefined || isLoopback(control.hostname)) {
    return;
  }
  throw new ConfigurationError(
    `${key} ${hostPort(control)}: other hosts reach this address; give ` +
      "--control-token-file FILE too, or serve on 127.0.0.1",
  );
}

/**
 * Address and access rules of the control port; undefined when it is off.
 *
 * @throws {ConfigurationError} for an invalid token file, or when a port that other hosts reach has no
 * token
 * @throws {UnavailableError} for a token file that cannot be read
 */
export function controlAccess(
  { control, controlHost, controlTokenFile }: Values<ReturnType<typeof controlOptions>>,
): Pick<ControlServerOptions, "address" | "names" | "token"> | undefined {
  if (control === undefined) return undefined;
  requireToken("--control", control, controlTokenFile);
  const token = controlTokenFile === undefined
    ? undefined
    : readTokenFile("--control-token-file", controlTokenFile);
  return { address: control, names: controlHost, token };
}
