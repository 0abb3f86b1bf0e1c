/** Appends lines to a log file: log_writer.ts PATH MAX_BYTES NAME LINES. */

import { LogFile } from "../../cli/terminal/log_file.ts";

const [path = "", maxBytes, name, lines] = Deno.args;
using log = new LogFile(path, Number(maxBytes));
for (let line = 0; line < Number(lines); line++) {
  await log.append(new TextEncoder().encode(`${name} ${100 + line}\n`));
}
