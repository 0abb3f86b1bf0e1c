/**
 * Makes `dist/ssdaq`: one file that runs without Deno, node_modules and network.
 *
 * `deno compile` makes it if its base program (denort) is available: from the network, or in
 * DENORT_BIN. Otherwise the Deno that runs this script is packed together with the program.
 *
 * `deno task compile [--output dist/ssdaq] [--form auto|compiled|unpacked] [--target TRIPLE]`
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { optional, withDefault } from "../cli/options/option.ts";
import { choice, text } from "../cli/options/value.ts";
import type { BuildInfo } from "../cli/process/build_info.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { ConfigurationError, OperationError } from "../lib/errors.ts";
import { formatByteSize } from "../lib/text/byte_size.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { makeSingleFile, sha256 } from "./compile/single_file.ts";
import { ENTRY, INCLUDED, PERMISSIONS, stage } from "./compile/staging.ts";
import { ensureDirSync } from "./fs.ts";
import { taskOptions } from "./task_options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** The folder of zeromq's native part, by target. */
const PLATFORMS = {
  "x86_64-unknown-linux-gnu": "linux/x64",
  "aarch64-unknown-linux-gnu": "linux/arm64",
  "x86_64-apple-darwin": "darwin/x64",
  "aarch64-apple-darwin": "darwin/arm64",
  "x86_64-pc-windows-msvc": "win32/x64",
} as const;

type Target = keyof typeof PLATFORMS;

const terminal = new Terminal();

interface Wanted {
  output: string;
  form: "auto" | "compiled" | "unpacked";
  target?: Target | undefined;
}

/** Writes to a temporary name first: the file is complete or does not exist. */
async function compile({ output, form, target = ownTarget() }: Wanted): Promise<void> {
  const startMs = performance.now();
  const path = resolve(output);
  ensureDirSync(dirname(path));
  const work = Deno.makeTempDirSync({ dir: dirname(path), prefix: ".compile-" });
  try {
    const made = `${work}/ssdaq`;
    const commit = await commitOf();
    Deno.mkdirSync(`${work}/program`);
    const why = form === "unpacked"
      ? "--form asks for it"
      : await compileWithDenort(`${work}/program`, made, target, { form: "compiled", commit });
    if (why !== undefined) {
      if (form === "compiled") throw new OperationError(`--form compiled: ${why}; give DENORT_BIN`);
      if (target !== ownTarget()) {
        throw new OperationError(
          `--target ${target}: only deno compile can make it, but ${why}; ` +
            "give DENORT_BIN, or build on such a machine",
        );
      }
      Deno.removeSync(`${work}/program`, { recursive: true });
      await stage(ROOT, `${work}/program`, PLATFORMS[target], { form: "unpacked", commit });
      terminal.info(`packing Deno ${Deno.version.deno} with the program: ${why}`);
      await makeSingleFile(`${work}/program`, work, made);
    }
    Deno.renameSync(made, path);
    const bytes = Deno.readFileSync(path);
    const how = why === undefined ? "by deno compile" : "unpacks itself at its first start";
    terminal.print(
      `${output}: ${formatByteSize(bytes.length)}, ${how}, for ${target}, ` +
        `in ${formatDuration(performance.now() - startMs)}\nsha256 ${await sha256(bytes)}`,
    );
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

/** Undefined when it was made; else the reason. */
async function compileWithDenort(
  program: string,
  output: string,
  target: Target,
  build: BuildInfo,
): Promise<string | undefined> {
  await stage(ROOT, program, PLATFORMS[target], build);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--no-check", "--no-lock", "--target", target, "--output", output],
      ...INCLUDED.flatMap((path) => ["--include", path]),
      ...PERMISSIONS,
      ENTRY,
    ],
    cwd: program,
    env: { NO_COLOR: "1" },
    stderr: "piped",
  }).output();
  if (success) return undefined;
  const causes = new TextDecoder().decode(stderr).split("\n").filter((line) =>
    /^ *\d+: \S/.test(line)
  );
  const [cause = "it failed"] = causes.filter((line) => !line.includes("<unknown>")).slice(-1);
  return `the base program of deno compile is not available (${cause.replace(/^ *\d+: /, "")})`;
}

function ownTarget(): Target {
  const target = Object.keys(PLATFORMS).find((candidate) => candidate === Deno.build.target);
  if (target !== undefined) return target as Target;
  throw new ConfigurationError(
    `zeromq has no native part for ${Deno.build.target}; build on ${
      Object.keys(PLATFORMS).join(" or ")
    }`,
  );
}

async function commitOf(): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--dirty=+", "--exclude=*"],
      cwd: ROOT,
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function main(): Promise<number> {
  try {
    const targets = Object.keys(PLATFORMS) as Target[];
    const options = {
      output: withDefault(text, "dist/ssdaq", { help: "file to make" }),
      form: withDefault(choice("auto", "compiled", "unpacked"), "auto", {
        help:
          "compiled: by deno compile; unpacked: with the present Deno; auto: compiled if possible",
      }),
      target: optional(choice(...targets), { help: "platform of the file [this one]" }),
    };
    const { values } = taskOptions({
      name: "compile",
      summary: "Makes dist/ssdaq: one file that runs without Deno, packages and network.",
      options,
      examples: [["", "makes dist/ssdaq"], [
        "--form unpacked --output /tmp/ssdaq",
        "packs the present Deno with the program, without a download",
      ]],
    });
    await compile(values);
    return 0;
  } catch (error) {
    terminal.error(error);
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

const code = await main();
await terminal.close();
Deno.exit(code);
