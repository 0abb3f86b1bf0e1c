import { hostPort } from "../address/ip_address.ts";
import type { UdpAddress } from "../address/udp_address.ts";
import { ConfigurationError, UnavailableError } from "../errors.ts";

/** Why an address could not be bound. */
export type BindFailure = "inUse" | "notLocal" | "denied" | "other";

const WHY: Record<Exclude<BindFailure, "other">, string> = {
  inUse: "address in use; is another ssdaq daemon running? stop it, or use another port",
  notLocal: "this host has no such address; see `ip address`, or listen on 0.0.0.0 or [::]",
  denied: "permission denied; use a port above 1023",
};

/**
 * The error for an address that could not be bound, with advice: a {@linkcode ConfigurationError}
 * for a port that this user may never bind, else an {@linkcode UnavailableError}.
 */
export function bindError(
  address: UdpAddress,
  failure: BindFailure,
  detail: string,
): ConfigurationError | UnavailableError {
  const why = failure === "other" ? detail : WHY[failure];
  const place = hostPort(address);
  const message = `cannot bind udp://${place}: ${why}`;
  const code = failure === "inUse" ? "receiver.inUse" : undefined;
  const details = { code, fields: { address: place, failure } };
  return failure === "denied"
    ? new ConfigurationError(message, details)
    : new UnavailableError(message, details);
}
