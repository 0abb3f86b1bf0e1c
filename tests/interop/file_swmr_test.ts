import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { inFolder, makeEvents } from "../lib/recording/fixtures.ts";
import { DEADLINE_MS } from "../wait_for.ts";
import { pythonTest } from "./python.ts";

for (const compression of ["none", "gzip:1"] as const) {
  pythonTest(
    `h5py with swmr=True follows a growing file with ${compression}`,
    (python) =>
      inFolder(async (folder) => {
        const file = `${folder}/a.h5`;
        await using writer = await EventWriter.open({
          destination: { file },
          compression,
          provenance: { host: "here" },
        });
        const script = new URL("./file_swmr.py", import.meta.url).pathname;
        const child = new Deno.Command(python, {
          args: ["-B", script, file],
          stdin: "piped",
          stdout: "piped",
        }).spawn();
        const lines = child.stdout
          .pipeThrough(new TextDecoderStream())
          .getReader();
        const deadline = setTimeout(() => child.kill(), DEADLINE_MS);
        try {
          await waitForRows(lines, 0);
          let rows = 0;
          for (const count of [1, 2, 8, 30, 64, 100]) {
            const nowMs = rows * 1000;
            writer.write(makeEvents(rows + 1, rows + count), nowMs);
            rows += count;
            writer.tick(nowMs + 1000);
            await waitForRows(lines, rows);
          }
          await child.stdin.close();
          if (!(await child.status).success) throw new Error("file_swmr.py failed");
        } finally {
          clearTimeout(deadline);
          await lines.cancel();
          await child.status;
        }
      }),
  );
}

/** Waits until the reader has seen so many rows; it is ended at the deadline. */
async function waitForRows(
  lines: ReadableStreamDefaultReader<string>,
  rows: number,
): Promise<void> {
  let seen = "";
  while (!seen.endsWith(`${rows}\n`)) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`file_swmr.py ended before it saw ${rows} rows; it saw: ${seen}`);
    seen += value;
  }
}
