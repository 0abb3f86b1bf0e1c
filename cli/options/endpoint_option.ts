import { DEFAULT_ENDPOINT } from "./endpoint.ts";
import { several } from "./option.ts";
import { endpoint } from "./value.ts";

/** The endpoints of every command that listens to events. */
export const endpointOption = several(endpoint, DEFAULT_ENDPOINT, {
  short: "e",
  placeholder: "ENDPOINT",
  help: "source of the events: a port or tcp://HOST:PORT",
});
