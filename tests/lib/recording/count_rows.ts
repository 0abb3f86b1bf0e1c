/** Prints how many rows a file has: `deno run count_rows.ts FILE.h5`. */

import { TableReader } from "../../../lib/recording/read/table_reader.ts";

using reader = await TableReader.open(Deno.args[0]);
let rows = 0;
for (const block of reader.blocks()) rows += block.rows;
await Deno.stdout.write(new TextEncoder().encode(`${rows}${reader.unclosed ? " unclosed" : ""}`));
