import type { Log } from "../lib/notice.ts";
import { checkOption, checkWhole } from "./check_option.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FaultOptions, type FaultSettings, faultSettings } from "./faults/fault_options.ts";
import { addressesFrom } from "./send/module_addresses.ts";
import type { Target, Transport } from "./send/packet_sender.ts";
import { udpTransport } from "./send/udp_transport.ts";
import {
  type SimulationOptions,
  type SimulationSettings,
  simulationSettings,
} from "./simulation_options.ts";

const MAX_PORT = 65535;

/** The signals of the modules, and how they are sent. */
export interface SimulatorOptions extends SimulationOptions {
  /** Where to send the packets. @default 127.0.0.1:2009 */
  target?: Target;
  /**
   * Address of module 0, of the target's family. Module m has the last octet + m, or the last group of
   * an IPv6 address + m.
   * @default "127.0.0.101"
   */
  firstAddress?: string;
  /** Speed of the wall clock against TACK, above 0; Infinity: as fast as possible. @default 1 */
  speed?: number;
  /** The faults. @default none */
  faults?: FaultOptions | undefined;
  /** Opens the sender of the packets. @default UDP, from the modules' addresses */
  transport?: Transport;
  /** The clock for sending. @default the machine's */
  clock?: Clock;
  /** Gets a notice of the first packet that could not be sent. @default none */
  log?: Log;
}

/** Complete and valid options. */
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
 * Checks options and adds the defaults.
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
