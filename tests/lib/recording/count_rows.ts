/** Prints how many rows a file has: `deno run count_rows.ts FILE.h5`. */

import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { only } from "../../elements.ts";

using reader = await TableReader.open(only(Deno.args));
let rows = 0;
for (const block of reader.blocks()) rows += block.rows;
await Deno.stdout.write(new TextEncoder().encode(`${rows}${reader.unclosed ? " unclosed" : ""}`));
