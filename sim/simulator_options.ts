import { checkOption, checkWhole } from "./check_option.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FaultOptions, type FaultSettings, faultSettings } from "./fault_options.ts";
import type { Log } from "../lib/notice.ts";
import { addressesFrom } from "./module_addresses.ts";
import type { Target, Transport } from "./packet_sender.ts";
import {
  type SimulationOptions,
  type SimulationSettings,
  simulationSettings,
} from "./simulation_options.ts";
import { udpTransport } from "./udp_transport.ts";

const MAX_PORT = 65535;

/** What the modules measure, and how it is sent. */
export interface SimulatorOptions extends SimulationOptions {
  /** Where the packets go. @default 127.0.0.1:2009 */
  target?: Target;
  /**
   * Address that module 0 sends from, of the target's family; module m has the last octet, or the
   * last group of an IPv6 address, + m.
   * @default "127.0.0.101"
   */
  firstAddress?: string;
  /** Wall clock acceleration against TACK, above 0; Infinity: as fast as it goes. @default 1 */
  speed?: number;
  /** What goes wrong on purpose. @default nothing */
  faults?: FaultOptions | undefined;
  /** Opens the way out for packets. @default UDP, from the modules' addresses */
  transport?: Transport;
  /** Time to send by. @default the machine's */
  clock?: Clock;
  /** Told of the first packet that could not be sent. @default nobody */
  log?: Log;
}

/** Options checked and completed. */
export interface SimulatorSettings extends SimulationSettings {
  target: Target;
  /** IP address of each module. */
  addresses: string[];
  speed: number;
  faults: FaultSettings | undefined;
  transport: Transport;
  clock: Clock;
  log: Log | undefined;
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
    log,
  } = options;
  const simulation = simulationSettings(options);
  checkOption(target.hostname !== "", "target.hostname", '""', "the receiver's name or address");
  checkWhole("target.port", target.port, 1, MAX_PORT);
  checkOption(speed > 0, "speed", speed, "a number above 0, or Infinity");
  const addresses = addressesFrom(firstAddress, simulation.modules, target);
  const faults = options.faults && faultSettings(options.faults);
  for (const { slot } of [...faults?.kill ?? [], ...faults?.revive ?? []]) {
    checkWhole("faults.slot", slot, 0, simulation.modules - 1);
  }
  const { transport = udpTransport(addresses, target) } = options;
  return { ...simulation, target, addresses, speed, faults, transport, clock, log };
}
