/**
 * How a table is compressed, and the empty file it starts from.
 *
 * @module
 */

import { ConfigurationError, OperationError, reasonOf } from "../../errors.ts";

/**
 * `none`, or shuffle, gzip with a level, and checksums (fletcher32): level 1 is the fastest, 9
 * gives the smallest files. `none` has no checksums, for two reasons: they would cost a quarter of
 * its speed, and while a row is added to a chunk in place, the chunk's checksum would be wrong for
 * a moment.
 */
export type Compression = "none" | `gzip:${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

const templates = new Map<Compression, Uint8Array>();

/**
 * The bytes of an empty file with this compression, made by `template/make_templates.py`.
 *
 * @throws {ConfigurationError} for an unknown compression
 * @throws {OperationError} if it cannot be read
 */
export function templateOf(compression: Compression): Uint8Array {
  if (!/^(none|gzip:[1-9])$/.test(compression)) {
    throw new ConfigurationError(
      `compression: '${compression}' is not known; use none or gzip:1 to gzip:9`,
    );
  }
  let template = templates.get(compression);
  if (!template) {
    template = readTemplate(`${compression.replace(":", "")}.h5`);
    templates.set(compression, template);
  }
  return template;
}

function readTemplate(name: string): Uint8Array {
  try {
    return Deno.readFileSync(new URL(`./template/${name}`, import.meta.url));
  } catch (error) {
    throw new OperationError(`cannot read ssdaq's own empty file (${name}): ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
