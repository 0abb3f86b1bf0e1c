import { ConfigurationError } from "../lib/errors.ts";
import type { Compression } from "../lib/writer/compression.ts";

/** `none`, `gzip` or `gzip:1` to `gzip:9`. */
export function compression(key: string, written: string): Compression {
  const name = written === "gzip" ? "gzip:1" : written;
  if (!/^(none|gzip:[1-9])$/.test(name)) {
    throw new ConfigurationError(`${key} ${written}: give none, gzip or gzip:1 to gzip:9`);
  }
  return name as Compression;
}
