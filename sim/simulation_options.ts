import { PIXELS, SLOTS } from "../lib/wire/camera.ts";
import { type ByteOrder, MAX_PACKET_BYTES, READOUT_BYTES } from "../lib/wire/packet.ts";
import { checkOption, checkRate, checkWhole } from "./check_option.ts";
import { type SceneName, SCENES } from "./scene/scene.ts";

const MAX_READOUTS_PER_PACKET = Math.floor(MAX_PACKET_BYTES / READOUT_BYTES);
const MAX_U32 = 2 ** 32 - 1;
const MAX_U64 = 2n ** 64n - 1n;

/** With this, a star crosses a pixel in 0.7 s. */
const DEFAULT_SKY_SPEED = 60;

/** The signals of the simulated modules; {@linkcode SimulatorOptions} has how they are sent. */
export interface SimulationOptions {
  /** Number of modules, 1..32; they have the slots from 0 on. @default 32 */
  modules?: number;
  /** Readouts per second of each module, above 0 and up to 1e9. @default 10 */
  rate?: number;
  /** Readouts in a packet, 1..62. @default 10 */
  readoutsPerPacket?: number;
  /** Readouts of each module, from 1; without it the simulation does not end. */
  readouts?: number | undefined;
  /** Seed of the signals, u32: the same seed gives the same signals. @default 1 */
  seed?: number;
  /** The simulated light. @default "random" */
  scene?: SceneName;
  /** Speed of the sky of `stars`, relative to the real one, from 0. @default 60 */
  skySpeed?: number;
  /** Pixels that always have 0 mV: 64 x slot + raw line. @default none */
  deadPixels?: readonly number[];
  /** Byte order of the packets. @default "big" */
  byteOrder?: ByteOrder;
  /** TACK time of the first readout, u64 ns. @default Unix time now */
  firstTackNs?: bigint;
  /** Auxiliary stamp of the first readout, u64 ns. @default Unix time now */
  firstAuxNs?: bigint;
}

/** Complete and valid options; `readouts` is Infinity without an end. */
export type SimulationSettings = {
  [Key in keyof SimulationOptions]-?: Exclude<SimulationOptions[Key], undefined>;
};

/**
 * Checks options and adds the defaults.
 *
 * @throws {ConfigurationError} naming the option, its value and what to give instead
 */
export function simulationSettings(options: SimulationOptions): SimulationSettings {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const {
    modules = SLOTS,
    rate = 10,
    readoutsPerPacket = 10,
    readouts = Infinity,
    seed = 1,
    scene = "random",
    skySpeed = DEFAULT_SKY_SPEED,
    deadPixels = [],
    byteOrder = "big",
    firstTackNs = nowNs,
    firstAuxNs = nowNs,
  } = options;
  checkWhole("modules", modules, 1, SLOTS);
  checkRate(rate);
  checkWhole("readoutsPerPacket", readoutsPerPacket, 1, MAX_READOUTS_PER_PACKET);
  if (options.readouts !== undefined) {
    checkWhole("readouts", readouts, 1, Number.MAX_SAFE_INTEGER);
  }
  checkWhole("seed", seed, 0, MAX_U32);
  checkOption(SCENES.includes(scene), "scene", scene, `one of ${SCENES.join(", ")}`);
  checkOption(skySpeed >= 0 && skySpeed < Infinity, "skySpeed", skySpeed, "a number of at least 0");
  deadPixels.forEach((pixel) => checkWhole("deadPixels", pixel, 0, PIXELS - 1));
  checkOption(
    byteOrder === "big" || byteOrder === "little",
    "byteOrder",
    byteOrder,
    "big or little",
  );
  for (const [key, value] of Object.entries({ firstTackNs, firstAuxNs })) {
    checkOption(value >= 0n && value <= MAX_U64, key, value, "ns as an unsigned 64-bit number");
  }
  return {
    modules,
    rate,
    readoutsPerPacket,
    readouts,
    seed,
    scene,
    skySpeed,
    deadPixels,
    byteOrder,
    firstTackNs,
    firstAuxNs,
  };
}
