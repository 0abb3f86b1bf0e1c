import { ConfigurationError } from "../lib/errors.ts";
import { parseByteSize } from "../lib/config/byte_size.ts";
import { parseDurationMs } from "../lib/config/duration.ts";
import { parseControlAddress, parseEndpoint, parseUdpAddress } from "../lib/config/endpoint.ts";
import type { TcpAddress } from "../lib/control/tcp_address.ts";
import type { UdpAddress } from "../lib/receiver/packet_socket.ts";

/** One option of a command: how it is written, read and explained. */
export interface Option<T> {
  /** What it does, for `--help`; the default is added to it. */
  help: string;
  /** What stands for its value in `--help`; a flag has none. */
  placeholder?: string;
  /** One letter, for `-x`. */
  short?: string;
  /** Whether it may be given several times. */
  many?: boolean;
  /** Its default as a user would write it. */
  defaultText?: string;
  /** Its value from what was written; nothing was, where `texts` is empty. */
  read(key: string, texts: readonly string[]): T;
}

/** The options of a command, by their names in camel case. */
export type Options = Record<string, Option<unknown>>;

/** The values of options. */
export type Values<O extends Options> = {
  [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

interface Description {
  help: string;
  short?: string;
  placeholder?: string;
}

type Parse<T> = (key: string, text: string) => T;

/** An option with a value, undefined when it is not given. */
export function optional<T>(parse: Parse<T>, about: Description): Option<T | undefined> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    read: (key, texts) => texts.length === 0 ? undefined : parse(key, texts[texts.length - 1]),
  };
}

/** An option with a value and a default, written as a user would. */
export function withDefault<T>(
  parse: Parse<T>,
  defaultText: string,
  about: Description,
): Option<T> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    defaultText,
    read: (key, texts) => parse(key, texts.length === 0 ? defaultText : texts[texts.length - 1]),
  };
}

/** An option that may be given several times, with one default. */
export function several<T>(parse: Parse<T>, defaultText: string, about: Description): Option<T[]> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    many: true,
    defaultText,
    read: (key, texts) =>
      (texts.length === 0 ? [defaultText] : texts).map((text) => parse(key, text)),
  };
}

/** An option that may be given several times, or not at all. */
export function list<T>(parse: Parse<T>, about: Description): Option<T[]> {
  return {
    ...about,
    placeholder: about.placeholder ?? "VALUE",
    many: true,
    read: (key, texts) => texts.map((text) => parse(key, text)),
  };
}

/** An option that is there or not. */
export function flag(about: Description): Option<boolean> {
  return { ...about, read: (_key, texts) => texts.length > 0 };
}

/** Text as it is written. */
export const text: Parse<string> = (key, written) => {
  if (written === "") throw new ConfigurationError(`${key}: needs a value`);
  return written;
};

/** A duration with its unit, in ms. */
export const duration: Parse<number> = parseDurationMs;

/** A size with its unit, in bytes. */
export const byteSize: Parse<number> = parseByteSize;

/** A ZeroMQ endpoint. */
export const endpoint: Parse<string> = parseEndpoint;

/** A TCP address to serve on, or `off`. */
export const controlAddress: Parse<TcpAddress | undefined> = parseControlAddress;

/** A size with its unit, in bytes, or `off`. */
export const byteSizeOrOff: Parse<number | undefined> = (key, written) =>
  written === "off" ? undefined : parseByteSize(key, written);

/** A UDP address; a bare port is one of `defaultHost`. */
export function udpAddress(defaultHost: string): Parse<UdpAddress> {
  return (key, written) => parseUdpAddress(key, written, defaultHost);
}

/** A whole number in a range, ends included. */
export function integer(min: number, max: number): Parse<number> {
  return (key, written) => {
    const value = /^\d+$/.test(written) ? Number(written) : NaN;
    if (!(value >= min && value <= max)) {
      const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new ConfigurationError(`${key} ${written}: give a whole number ${range}`);
    }
    return value;
  };
}

/** A u64. */
export const u64: Parse<bigint> = (key, written) => {
  const value = /^\d+$/.test(written) ? BigInt(written) : -1n;
  if (value < 0n || value >= 2n ** 64n) {
    throw new ConfigurationError(`${key} ${written}: give a whole number from 0 to 2^64 - 1`);
  }
  return value;
};

/** A number above 0. */
export const positive: Parse<number> = (key, written) => {
  const value = /^\d+(\.\d+)?$/.test(written) ? Number(written) : NaN;
  if (!(value > 0)) throw new ConfigurationError(`${key} ${written}: give a number above 0`);
  return value;
};

/** One of some words. */
export function choice<Word extends string>(...words: Word[]): Parse<Word> {
  return (key, written) => {
    const word = words.find((candidate) => candidate === written);
    if (word === undefined) {
      throw new ConfigurationError(`${key} ${written}: give one of ${words.join(", ")}`);
    }
    return word;
  };
}
