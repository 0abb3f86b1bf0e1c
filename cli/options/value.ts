import { z } from "zod";
import type { ModuleAddress } from "../../lib/address/module_map.ts";
import type { TcpAddress } from "../../lib/address/tcp_address.ts";
import type { UdpAddress } from "../../lib/address/udp_address.ts";
import { ValueError } from "../../lib/errors.ts";
import { itemAt } from "../../lib/item_at.ts";
import { PIXELS_PER_MODULE, SLOTS } from "../../lib/wire/camera.ts";
import {
  parseControlAddress,
  parseEndpoint,
  parsePublishEndpoint,
  parseUdpAddress,
  type PublishEndpoint,
} from "./endpoint.ts";
import { parseModuleAddress } from "./module_address.ts";
import { parseByteSize } from "./parse_byte_size.ts";
import { parseDurationMs } from "./parse_duration.ts";

/** The type of an option's value: its syntax and its meaning. */
export type Value<T> = z.ZodType<T, string | number>;

/** Reads the text of a key; throws a {@linkcode ValueError} for an invalid text. */
export type Parse<T> = (key: string, written: string) => T;

/** The syntax for editors: keywords of JSON Schema. */
export interface JsonForm {
  type: "string" | "integer" | "number" | readonly string[];
  pattern?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  examples?: readonly (string | number)[];
}

/** The schemas of {@linkcode value}s, by their type. */
export const JSON_FORMS = z.registry<JsonForm>();

const FORMS = new WeakMap<z.ZodType, JsonForm>();

const WORDS = new WeakMap<z.ZodType, string>();

/**
 * A type of value.
 *
 * @param parse reads the text
 * @param words the possible texts, with unit and range, for the list of all options
 * @param form the syntax for editors
 */
export function value<T>(
  parse: Parse<T>,
  words: string,
  form: JsonForm = { type: "string" },
): Value<T> {
  const written = z.union([z.string(), z.number()]);
  JSON_FORMS.add(written, form);
  const type = written.transform((given, context) => {
    try {
      return parse("", String(given));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: "custom", message: error.fix });
      return z.NEVER;
    }
  });
  FORMS.set(type, form);
  WORDS.set(type, words);
  return type;
}

/** The JSON Schema of one value of a type. */
export function formOf(type: Value<unknown>): JsonForm {
  return FORMS.get(type) ?? { type: "string" };
}

/** The possible texts of a value, in words. */
export function wordsOf(type: Value<unknown>): string {
  return WORDS.get(type) ?? "text";
}

/**
 * Reads the text of a key.
 *
 * @throws {ValueError} for an invalid text
 */
export function readValue<T>(type: Value<T>, key: string, written: string): T {
  const read = type.safeParse(written);
  if (read.success) return read.data;
  throw new ValueError(key, written, itemAt(read.error.issues, 0).message);
}

const DURATION = String.raw`^\d+(\.\d+)?(ns|us|ms|s|m|h|d)$`;
const DURATION_WORDS = "time above 0, with its unit";
const SIZE_WORDS = "size above 0, with its unit";
const BYTE_SIZE = String.raw`^\d+(\.\d+)?([kMGT]?B|[KMGT]iB)$`;

/** Text as it is written. */
export const text: Value<string> = value((key, written) => {
  if (written === "") throw new ValueError(key, written, "needs a value");
  return written;
}, "text");

/** A duration with its unit, in ms. */
export const duration: Value<number> = value(parseDurationMs, DURATION_WORDS, {
  type: "string",
  pattern: DURATION,
  examples: ["10ms", "2s", "5m"],
});

/** A size with its unit, in bytes. */
export const byteSize: Value<number> = value(parseByteSize, SIZE_WORDS, {
  type: "string",
  pattern: BYTE_SIZE,
  examples: ["600MiB"],
});

/** A size with its unit, in bytes, or `off`. */
export const byteSizeOrOff: Value<number | undefined> = value(
  (key, written) => written === "off" ? undefined : parseByteSize(key, written),
  `${SIZE_WORDS}, or \`off\``,
  { type: "string", pattern: `${BYTE_SIZE}|^off$`, examples: ["256MiB", "off"] },
);

const ENDPOINT_WORDS = "`PORT`, `tcp://HOST:PORT` or `ipc://PATH`";

/** A ZeroMQ endpoint. */
export const endpoint: Value<string> = value(parseEndpoint, ENDPOINT_WORDS, {
  type: ["string", "integer"],
  examples: [5555, "tcp://*:9004"],
});

/** A ZeroMQ endpoint to publish on, and its format if it has one. */
export const publishEndpoint: Value<PublishEndpoint> = value(
  parsePublishEndpoint,
  `${ENDPOINT_WORDS}, then \`=event\` or \`=readout\` if you like`,
  {
    type: ["string", "integer"],
    examples: [5555, "tcp://*:9004=readout"],
  },
);

/** A module's address and its slot. */
export const moduleAddress: Value<ModuleAddress> = value(
  parseModuleAddress,
  "`ADDRESS=SLOT`: IPv4 or IPv6, slot 0 to 31",
  {
    type: "string",
    pattern: String.raw`^[0-9a-fA-F:.]+=\d{1,2}$`,
    examples: ["172.18.0.101=0", "fd00::101=1"],
  },
);

/** A TCP address to serve on, or `off`. */
export const controlAddress: Value<TcpAddress | undefined> = value(
  parseControlAddress,
  "`PORT`, `HOST:PORT` with an IP address, or `off`",
  {
    type: ["string", "integer"],
    examples: [8642, "127.0.0.1:8642", "off"],
  },
);

/** A UDP address; `defaultHost` is used when only a port is given. */
export function udpAddress(defaultHost: string): Value<UdpAddress> {
  return value(
    (key, written) => parseUdpAddress(key, written, defaultHost),
    "`PORT`, `HOST:PORT` or `[IPV6]:PORT`, with an IP address",
    {
      type: ["string", "integer"],
      examples: [2009, "0.0.0.0:2009", "[::]:2009"],
    },
  );
}

/** A whole number in a range, ends included. */
export function integer(min: number, max: number): Value<number> {
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return value(
    (key, written) => {
      const number = /^\d+$/.test(written) ? Number(written) : NaN;
      if (number >= min && number <= max) return number;
      throw new ValueError(key, written, `give a whole number ${range}`);
    },
    `whole number ${range}`,
    { type: "integer", minimum: min, ...(max === Infinity ? {} : { maximum: max }) },
  );
}

/** A u64. */
export const u64: Value<bigint> = value(
  (key, written) => {
    const number = /^\d+$/.test(written) ? BigInt(written) : -1n;
    if (number >= 0n && number < 2n ** 64n) return number;
    throw new ValueError(key, written, "give a whole number from 0 to 2^64 - 1");
  },
  "whole number from 0 to 2^64 - 1",
  { type: ["integer", "string"], minimum: 0, pattern: String.raw`^\d+$` },
);

/** A pixel, by slot and raw line; its number, 0..2047. */
export const pixel: Value<number> = value(
  (key, written) => {
    const [, slot, rawLine] = /^(\d{1,2}):(\d{1,2})$/.exec(written) ?? [];
    if (Number(slot) < SLOTS && Number(rawLine) < PIXELS_PER_MODULE) {
      return Number(slot) * PIXELS_PER_MODULE + Number(rawLine);
    }
    throw new ValueError(key, written, "give SLOT:LINE, slot 0 to 31 and raw line 0 to 63: 7:12");
  },
  "`SLOT:LINE`: slot 0 to 31, raw line 0 to 63",
  { type: "string", pattern: String.raw`^\d{1,2}:\d{1,2}$`, examples: ["7:12"] },
);

/** A number above 0. */
export const positive: Value<number> = value(
  (key, written) => {
    const number = /^\d+(\.\d+)?$/.test(written) ? Number(written) : NaN;
    if (number > 0) return number;
    throw new ValueError(key, written, "give a number above 0");
  },
  "number above 0",
  { type: "number", exclusiveMinimum: 0, examples: [10] },
);

/** One of some words. */
export function choice<Word extends string>(...words: Word[]): Value<Word> {
  return value(
    (key, written) => {
      const word = words.find((candidate) => candidate === written);
      if (word !== undefined) return word;
      throw new ValueError(key, written, `give one of ${words.join(", ")}`);
    },
    words.map((word) => `\`${word}\``).join(", "),
    { type: "string", enum: words },
  );
}
