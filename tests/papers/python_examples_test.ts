import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { assert, assertEquals } from "../assert.ts";
import { pythonTest } from "../interop/python.ts";
import { inFolder, makeEvents } from "../lib/recording/fixtures.ts";
import { blocksOf } from "./markdown.ts";
import { PAGES } from "./pages.ts";

pythonTest(
  "examples in Python that pages show run beside a file run.h5",
  (python) =>
    inFolder(async (folder) => {
      const provenance = { start_time: new Date(0).toISOString() };
      await using writer = await EventWriter.open({
        ...{ destination: { file: `${folder}/run.h5` }, provenance },
      });
      writer.write(makeEvents(1, 5), 0);
      writer.tick(1000);
      let run = 0;
      for (const { path, text } of PAGES) {
        for (
          const { text: code } of blocksOf(text).filter(({ language }) => language === "python")
        ) {
          run++;
          // While the file is being written, as the page says.
          const { success, stdout, stderr } = await new Deno.Command(python, {
            ...{ args: ["-B", "-c", code], cwd: folder },
          }).output();
          const said = new TextDecoder().decode(stderr);
          assert(success, `${path}: ${said}`);
          assertEquals(new TextDecoder().decode(stdout).split(" ")[0], "5");
        }
      }
      assert(run >= 1);
    }),
);
