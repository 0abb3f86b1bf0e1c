import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { kindOf } from "../../lib/files/file_kind.ts";
import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { assertEquals } from "../assert.ts";
import { inFolder, makeEvents } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { refused } from "./refused.ts";

const NOT_PLAIN = "not a plain file";
const NOBODY = ["-e", "ipc:///nobody/is/here"];

/** A folder with a recording, a FIFO that nobody has open, and a link to nothing. */
function inOddFolder(test: (paths: Record<"file" | "fifo" | "link", string>) => Promise<void>) {
  return inFolder(async (folder) => {
    const paths = { file: `${folder}/a.h5`, fifo: `${folder}/fifo`, link: `${folder}/link` };
    {
      const { file } = paths;
      await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
      writer.write(makeEvents(1, 5), 0);
    }
    assertEquals(new Deno.Command("mkfifo", { args: [paths.fifo] }).outputSync().code, 0);
    Deno.symlinkSync("nowhere", paths.link);
    await test(paths);
    assertEquals([kindOf(paths.fifo), kindOf(paths.link)], ["other", "dangling"]);
  });
}

/** Runs a command that must be refused, and not wait. */
async function refusedAtOnce(code: number, args: string[], ...parts: string[]): Promise<void> {
  let ended = false;
  const refusal = refused(code, args, ...parts).finally(() => ended = true);
  await Promise.all([refusal, waitFor(`ssdaq ${args.join(" ")} to end`, () => ended)]);
}

Deno.test({
  name: "a FIFO or a link to nothing is refused by every command that reads files, at once",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inOddFolder(async ({ file, fifo, link }) => {
      for (const command of ["info", "repair", "export", "plot"]) {
        await refusedAtOnce(1, [command, fifo], fifo, NOT_PLAIN);
        await refusedAtOnce(1, [command, link], link, "there is no such file");
      }
      await refusedAtOnce(1, ["check", file, "--manifest", fifo], fifo, NOT_PLAIN);
      const manifest = `${fifo}.json`;
      await SsdaqProcess.run(
        ...["sim", "--modules", "1", "--readouts", "1", "--speed", "max"],
        ...["--target", "127.0.0.1:9", "--manifest", manifest],
      );
      await refusedAtOnce(1, ["check", fifo, "--manifest", manifest], fifo, NOT_PLAIN);
      await refusedAtOnce(
        1,
        ["check", file, "--manifest", manifest, "--status", fifo],
        fifo,
        NOT_PLAIN,
      );
    }),
});

Deno.test({
  name:
    "a device, a FIFO in /dev or a file without end is refused by every command that reads it whole",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inOddFolder(async ({ file, fifo, link }) => {
      Deno.removeSync(link);
      Deno.symlinkSync("/dev/zero", link);
      const asking = ["record", `${file}.2`, ...NOBODY, "--fill-gaps", "http://127.0.0.1:9"];
      asking.push("--token-file");
      for (const endless of ["/dev/zero", link, `/dev/..${fifo}`]) {
        const named = ["config", "check", endless];
        await refusedAtOnce(2, named, endless, NOT_PLAIN);
        await refusedAtOnce(1, ["check", file, "--manifest", endless], endless, NOT_PLAIN);
        await refusedAtOnce(
          2,
          [...asking, endless],
          endless,
          NOT_PLAIN,
        );
      }
      Deno.removeSync(link);
      Deno.symlinkSync("nowhere", link);
      // Sparse, and without a size that could be known before.
      const long = `${file}.long`;
      Deno.writeTextFileSync(long, "");
      Deno.truncateSync(long, 1024 ** 4);
      await refusedAtOnce(2, ["config", "check", long], "it has more than 1048576 bytes");
      await refusedAtOnce(1, ["check", file, "--manifest", long], "it has more than");
      Deno.chmodSync(long, 0o600);
      await refusedAtOnce(
        2,
        [...asking, long],
        "it has more than 4096 bytes",
      );
    }),
});

Deno.test({
  name: "record writes to no FIFO and no link to nothing, and reads no FIFO",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inOddFolder(async ({ file, fifo, link }) => {
      await refusedAtOnce(2, ["record", fifo, ...NOBODY], `file: ${fifo} is ${NOT_PLAIN}`);
      await refusedAtOnce(2, ["record", fifo, "--force", ...NOBODY], NOT_PLAIN);
      await refusedAtOnce(1, ["record", fifo, "--resume", ...NOBODY], fifo, NOT_PLAIN);
      await refusedAtOnce(
        2,
        ["record", link, ...NOBODY],
        `file: ${link} is a link to a file that does not exist`,
      );
      await refusedAtOnce(
        2,
        ["record", link, "--force", ...NOBODY],
        "is a link to a file that does not exist",
      );
      const named = ["record", `${file}.2`, ...NOBODY];
      await refusedAtOnce(2, [...named, "--config", fifo], fifo, NOT_PLAIN);
      await refusedAtOnce(2, [...named, "--log-file", fifo], `${fifo}: this is a pipe`);
      await refusedAtOnce(
        2,
        [...named, "--fill-gaps", "http://127.0.0.1:9", "--token-file", fifo],
        fifo,
        NOT_PLAIN,
      );
      assertEquals(kindOf(`${file}.2`), "absent");
    }),
});

Deno.test({
  name: "what commands write replaces no FIFO",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inOddFolder(async ({ file, fifo }) => {
      await refusedAtOnce(1, ["export", file, "--to", "csv", "-o", fifo], fifo, NOT_PLAIN);
      Deno.renameSync(fifo, `${fifo}.svg`);
      await refusedAtOnce(1, ["plot", file, "-o", `${fifo}.svg`], fifo, NOT_PLAIN);
      Deno.renameSync(`${fifo}.svg`, `${fifo}.svg.new`);
      await refusedAtOnce(1, ["plot", file, "-o", `${fifo}.svg`], fifo, NOT_PLAIN);
      Deno.renameSync(`${fifo}.svg.new`, fifo);
    }),
});
