import { ValueError } from "../../lib/errors.ts";
import type { Compression } from "../../lib/recording/table/compression.ts";
import { type Value, value } from "./value.ts";

/** `none`, `gzip` or `gzip:1` to `gzip:9`. */
export const compression: Value<Compression> = value(
  (key, written) => {
    const name = written === "gzip" ? "gzip:1" : written;
    if (!/^(none|gzip:[1-9])$/.test(name)) {
      throw new ValueError(key, written, "give none, gzip or gzip:1 to gzip:9");
    }
    return name as Compression;
  },
  "`none`, `gzip` (that is `gzip:1`) or `gzip:1` to `gzip:9`",
  { type: "string", pattern: "^(none|gzip(:[1-9])?)$", examples: ["gzip:1", "none"] },
);
