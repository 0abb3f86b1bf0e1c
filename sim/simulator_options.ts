import { checkOption, checkWhole } from "./check_option.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FaultOptions, type FaultSettings, faultSettings } from "./fault_options.ts";
import type { Target, Transport } from "./packet_sender.ts";
import {
  type SimulationOptions,
  type SimulationSettings,
  simulationSettings,
} from "./simulation_options.ts";
import { udpTransport } from "./udp_transport.ts";

const MAX_PORT = 65535;
/** The highest last octet that is a host's on any network. */
const MAX_LAST_OCTET = 254;

/** What the modules measure, and how it is sent. */
export interface SimulatorOptions extends SimulationOptions {
  /** Where the packets go. @default 127.0.0.1:2009 */
  target?: Target;
  /** IPv4 that module 0 sends from; module m has the last octet + m. @default "127.0.0.101" */
  firstAddress?: string;
  /** Wall clock acceleration against TACK, above 0; Infinity: as fast as it goes. @default 1 */
  speed?: number;
  /** What goes wrong on purpose. @default nothing */
  faults?: FaultOptions;
  /** Opens the way out for packets. @default UDP, from the modules' addresses */
  transport?: Transport;
  /** Time to send by. @default the machine's */
  clock?: Clock;
  /** Told of the first packet that could not be sent. @default nobody */
  log?: (message: string) => void;
}

/** Options checked and completed. */
export interface SimulatorSettings extends SimulationSettings {
  target: Target;
  /** IPv4 of each module. */
  addresses: string[];
  speed: number;
  faults: FaultSettings | undefined;
  transport: Transport;
  clock: Clock;
  log: (message: string) => void;
}

/**
 * Checks options and fills in what is missing.
 *
 * @throws {ConfigurationError} naming the option, its value and what to give instead
 */
export function simulatorSettings(options: SimulatorOptions): SimulatorSettings {
  const {
    target = { hostname: "127.0.0.1", port: 2009 },
    firstAddress = "127.0.0.101",
    speed = 1,
    clock = systemClock,
    log = () => {},
  } = options;
  const simulation = simulationSettings(options);
  checkOption(target.hostname !== "", "target.hostname", '""', "the receiver's name or address");
  checkWhole("target.port", target.port, 1, MAX_PORT);
  checkOption(speed > 0, "speed", speed, "a number above 0, or Infinity");
  const addresses = addressesFrom(firstAddress, simulation.modules);
  const faults = options.faults && faultSettings(options.faults);
  for (const { slot } of [...faults?.kill ?? [], ...faults?.revive ?? []]) {
    checkWhole("faults.slot", slot, 0, simulation.modules - 1);
  }
  const { transport = udpTransport(addresses, target) } = options;
  return { ...simulation, target, addresses, speed, faults, transport, clock, log };
}

/** The addresses of so many modules, one after another. */
function addressesFrom(firstAddress: string, modules: number): string[] {
  const octets = firstAddress.split(".");
  const isIpv4 = octets.length === 4 &&
    octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
  checkOption(isIpv4, "firstAddress", firstAddress, "an IPv4 address such as 127.0.0.101");
  const network = octets.slice(0, 3).join(".");
  const first = Number(octets[3]);
  const highest = MAX_LAST_OCTET - modules + 1;
  checkOption(
    first >= 1 && first <= highest,
    "firstAddress",
    firstAddress,
    `one that ends in 1..${highest}, for ${modules} modules to have their addresses from it on`,
  );
  return Array.from({ length: modules }, (_, module) => `${network}.${first + module}`);
}
