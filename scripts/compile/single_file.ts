import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { OperationError } from "../../lib/errors.ts";
import { walkSync } from "../fs.ts";
import { PERMISSIONS } from "./staging.ts";

const LAUNCHER = fileURLToPath(new URL("launcher.sh", import.meta.url));

/** Width of the numbers in the launcher: a fixed width keeps its length known. */
const DIGITS = 12;

/**
 * Makes one file of a program and the present Deno: a shell script, followed by an archive.
 *
 * @param program folder of the staged program
 * @param work an empty folder on the same disk
 * @param output the file to make, executable
 */
export async function makeSingleFile(program: string, work: string, output: string): Promise<void> {
  const runtime = Deno.execPath();
  const content = `${work}/content`;
  Deno.mkdirSync(content);
  Deno.copyFileSync(runtime, `${content}/deno`);
  Deno.chmodSync(`${content}/deno`, 0o755);
  Deno.renameSync(program, `${content}/program`);
  const list = await hashList(content);
  Deno.writeTextFileSync(`${content}/files.sha256`, list);
  const archive = `${work}/archive`;
  // Fixed owner, order and time: the same program gives the same file.
  await run("tar", [
    ...["--create", "--file", archive, "--directory", content],
    ...[
      "--sort=name",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "deno",
      "files.sha256",
      "program",
    ],
  ]);
  await run("gzip", ["-n", archive]);
  const packed = Deno.readFileSync(`${archive}.gz`);
  const head = launcher({
    ARCHIVE_SHA256: await sha256(packed),
    ARCHIVE_BYTES: packed.length,
    FILES_SHA256: await sha256(new TextEncoder().encode(list)),
  });
  using file = Deno.openSync(output, { write: true, create: true, truncate: true, mode: 0o755 });
  for (const part of [head, packed]) writeAll(file, part);
  file.syncSync();
}

/** The hash of each file below a folder, as `sha256sum --check` reads it. */
async function hashList(folder: string): Promise<string> {
  const paths = Array.from(walkSync(folder, { includeDirs: false }), ({ path }) => path).sort();
  const lines: string[] = [];
  for (const path of paths) {
    lines.push(`${await sha256(Deno.readFileSync(path))}  ${relative(folder, path)}\n`);
  }
  return lines.join("");
}

/** SHA-256 of bytes, in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The launcher with the facts about its archive. */
function launcher(facts: Record<string, string | number>): Uint8Array {
  const fill = (text: string, values: Record<string, string | number>) =>
    Object.entries(values).reduce(
      (text, [name, value]) =>
        text.replace(`@${name}@`, typeof value === "number" ? padded(value) : value),
      text,
    );
  const text = fill(Deno.readTextFileSync(LAUNCHER), {
    ...facts,
    PERMISSIONS: PERMISSIONS.join(" "),
    HEAD_BYTES: "@".repeat(DIGITS),
  });
  const bytes = new TextEncoder().encode(text).length;
  return new TextEncoder().encode(text.replace("@".repeat(DIGITS), padded(bytes)));
}

/** Padded with spaces: zeros on the left would make a number octal. */
function padded(number: number): string {
  return String(number).padEnd(DIGITS);
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stderr: "piped" }).output();
  if (success) return;
  throw new OperationError(`${command} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
