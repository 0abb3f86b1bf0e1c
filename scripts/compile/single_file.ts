import { fileURLToPath } from "node:url";
import { OperationError } from "../../lib/errors.ts";
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
      "program",
    ],
  ]);
  await run("gzip", ["-n", archive]);
  const packed = Deno.readFileSync(`${archive}.gz`);
  const head = launcher({
    ARCHIVE_SHA256: await sha256(packed),
    ARCHIVE_BYTES: packed.length,
    RUNTIME_BYTES: Deno.statSync(runtime).size,
  });
  using file = Deno.openSync(output, { write: true, create: true, truncate: true, mode: 0o755 });
  for (const part of [head, packed]) writeAll(file, part);
  file.syncSync();
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
