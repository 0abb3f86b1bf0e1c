import { DEFAULT_ENDPOINT } from "./endpoint.ts";
import { several } from "./option.ts";
import { endpoint } from "./value.ts";

/** Whom every command that hears events listens to. */
export const endpointOption = several(endpoint, DEFAULT_ENDPOINT, {
  short: "e",
  placeholder: "ENDPOINT",
  help: "whom to listen to: a port or tcp://HOST:PORT",
});
