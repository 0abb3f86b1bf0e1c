import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { assertEquals } from "../assert.ts";
import { inFolder, makeEvents, namesIn } from "../lib/recording/fixtures.ts";
import { refused } from "./refused.ts";

const FIX = "give a file that ssdaq record wrote";

/** The bytes of a good file with 20 events. */
async function goodFile(file: string): Promise<Uint8Array> {
  const writer = await EventWriter.open({ destination: { file }, provenance: {} });
  writer.write(makeEvents(1, 20), 0);
  await writer.close();
  return await Deno.readFile(file);
}

Deno.test("info says what is wrong with a file that is none of ours", () =>
  inFolder(async (folder) => {
    const put = (name: string, content: Uint8Array | string) => {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      Deno.writeFileSync(`${folder}/${name}`, bytes);
      return `${folder}/${name}`;
    };
    const bytes = await goodFile(`${folder}/good.h5`);
    const cases: [path: string, reason: string][] = [
      [`${folder}/missing.h5`, "there is no such file"],
      [folder, "it is not a plain file"],
      [put("empty.h5", ""), "it is empty"],
      [put("foreign.h5", "number,time\n1,2\n"), "it is not HDF5"],
      [put("cut.h5", bytes.slice(0, bytes.length >> 1)), "truncated"],
      [put("head.h5", bytes.slice(0, 20)), ""],
    ];
    for (const [path, reason] of cases) {
      await refused(1, ["info", path], `cannot read ${path}: ${reason}`, FIX);
    }
  }));

Deno.test("what reads a file names ssdaq repair when the file's first block is torn", () =>
  inFolder(async (folder) => {
    const path = `${folder}/torn.h5`;
    Deno.writeFileSync(path, (await goodFile(path)).fill(0, 0, 8192));
    await refused(1, ["info", path], `cannot read ${path}: `, "ssdaq repair finds its events");
    assertEquals((await SsdaqProcess.run("repair", path)).code, 0);
    const { stdout } = await SsdaqProcess.run("info", path, "--json");
    assertEquals(JSON.parse(stdout).rows, 20);
  }));

Deno.test("info does not hang on a pipe", () =>
  inFolder(async (folder) => {
    const path = `${folder}/pipe.h5`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await refused(1, ["info", path], `cannot read ${path}: it is not a plain file`);
  }));

Deno.test({
  name: "info says that it may not read a file",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/secret.h5`;
      await goodFile(path);
      await Deno.chmod(path, 0);
      await refused(1, ["info", path], `cannot read ${path}: `, FIX);
    }),
});

Deno.test("record leaves a file that exists alone, unless it is forced", () =>
  inFolder(async (folder) => {
    const file = `${folder}/run.h5`;
    await Deno.writeTextFile(file, "precious");
    await refused(2, ["record", file], `${file} exists already; choose another name`, "force");
    assertEquals(await Deno.readTextFile(file), "precious");
    const forced = await SsdaqProcess.run("record", file, "--force", "--duration", "10ms");
    assertEquals(forced.code, 0, forced.stderr);
    const { stdout } = await SsdaqProcess.run("info", file, "--json");
    assertEquals(JSON.parse(stdout).rows, 0);
  }));

Deno.test("record refuses a place it cannot write to, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    const missing = `${folder}/missing`;
    // A disk may be mounted there a minute later: no wrong configuration, which is 2.
    await refused(1, ["record", `${missing}/a.h5`], `folder ${missing} does not exist; create it`);
    await refused(1, ["record", "--folder", missing], `folder ${missing} does not exist; create`);
    await refused(2, ["record", folder, "--force"], `${folder} is not a plain file`);
    await refused(2, ["record", "--folder", folder, "--prefix", "a/b"], "'a/b' cannot begin");
    assertEquals(namesIn(folder), []);
  }));

Deno.test("record takes a file or a folder, not both", async () => {
  for (const option of ["--folder", "--prefix"]) {
    await refused(2, ["record", "a.h5", option, "x"], `${option} is for a series of files`, "a.h5");
  }
  await refused(2, ["record", "a.h5", "--max-size", "1MiB"], "--max-size is for a series of files");
});
