import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "../assert.ts";
import { walkSync } from "../../scripts/fs.ts";
import { flipBits } from "../elements.ts";
import { hasProgram } from "../has_program.ts";
import { inFolder, namesIn } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { STOPPING_POINTS } from "../../lib/stopping_point.ts";
import { EXECUTABLE, start, type Surroundings, versionOf } from "./executable.ts";

const isRoot = Deno.uid() === 0;
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

const cache = Deno.makeTempDirSync({ prefix: "ssdaq_binary" });
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));
const FORM = await versionOf({ env: { XDG_CACHE_HOME: cache } });
const unpacks = FORM.includes("with its own Deno");

/** A test of the file that unpacks itself; skipped for one that deno compile made. */
function unpackingTest(name: string, fn: (folder: string) => Promise<void>, needsRoot = false) {
  const reason = !unpacks
    ? " (skipped: compiled)"
    : needsRoot && !isRoot
    ? " (skipped: not root)"
    : "";
  Deno.test({ name: name + reason, ignore: reason !== "", fn: () => inMemory(fn) });
}

/**
 * A folder for a test. It is in memory if possible: each unpacking waits until its disk has it, and
 * a disk has other work too.
 */
async function inMemory(test: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const mode = ["-t", "tmpfs", "-o", "mode=700", "tmpfs"];
    const isMounted = isRoot && (await mount(...mode, folder)).success;
    try {
      await test(folder);
    } finally {
      if (isMounted) await new Deno.Command("umount", { args: [folder] }).output();
    }
  });
}

function mount(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("mount", { args }).output();
}

/** The folder that it has unpacked itself to, below that. */
function unpackedIn(folder: string): string {
  const names = namesIn(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  assertEquals(names.length, 1, namesIn(folder).join(" "));
  return `${folder}/${names[0]}`;
}

/** The bytes of a file; 0 when it is gone. */
function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Starts it and expects the version. */
async function works(surroundings: Surroundings, told = ""): Promise<void> {
  const { code, stdout, stderr } = await start(["--version"], surroundings);
  assertEquals([code, stdout.trim()], [0, FORM], stderr);
  assertStringIncludes(stderr, told);
  if (told === "") assertEquals(stderr, "");
}

Deno.test("the executable tells its version, commit, form and Deno", () => {
  assertMatch(
    FORM,
    /^ssdaq \d+\.\d+\.\d+ \((commit [0-9a-f]+\+?, )?one file(, compiled with| with its own) Deno [\d.]+, \w+ \w+\)$/,
  );
});

Deno.test("exit codes and arguments pass through as they are", async () => {
  const env = { XDG_CACHE_HOME: cache };
  assertEquals((await start([], { env })).code, 2);
  assertEquals((await start(["info", "/nowhere.h5"], { env })).code, 1);
  const newline = await start(["config", "show", "a\nb"], { env });
  assertEquals(newline.code, 2);
  assertStringIncludes(newline.stderr, "a\\x0ab: this argument has control characters");
  for (const word of ["a b", "it's", '"', "$HOME", "*", "\\", "`id`", "-x y"]) {
    const { code, stderr } = await start(["config", "show", word, "--json"], { env });
    assertEquals(code, 2);
    if (!word.startsWith("-")) {
      assertStringIncludes(stderr, `config show ${word}: not known`);
    }
  }
});

Deno.test("it runs from a file that nobody may write, through a link, and from a relative path", () =>
  inFolder(async (folder) => {
    const env = { XDG_CACHE_HOME: cache };
    const copy = `${folder}/a copy of ssdaq`;
    Deno.copyFileSync(EXECUTABLE, copy);
    Deno.chmodSync(copy, 0o555);
    await works({ env, executable: copy });
    Deno.symlinkSync(copy, `${folder}/link`);
    await works({ env, executable: `${folder}/link` });
    await works({ env, cwd: folder, executable: "./link" });
    await works({
      env,
      cwd: folder,
      before: ["/bin/sh", "-c", '"$@"', "sh"],
      executable: "./link",
    });
  }));

unpackingTest(
  "it unpacks to XDG_CACHE_HOME, else to HOME/.cache, for its user alone",
  async (folder) => {
    await works({ env: { XDG_CACHE_HOME: `${folder}/x`, HOME: `${folder}/h` } });
    assertEquals(namesIn(folder), ["x"]);
    await works({ env: { HOME: `${folder}/h` } });
    for (const base of [`${folder}/x/ssdaq`, `${folder}/h/.cache/ssdaq`]) {
      for (const path of [base, unpackedIn(base)]) {
        assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o700, path);
      }
    }
  },
);

unpackingTest("it unpacks where PATH names no folder with the system's tools", async (folder) => {
  await works({ env: { XDG_CACHE_HOME: folder, PATH: "/nowhere" } });
});

unpackingTest("without any home it unpacks below TMPDIR", async (folder) => {
  await works({ env: { TMPDIR: folder } });
  assertEquals(namesIn(folder), [`ssdaq-${Deno.uid()}`]);
});

unpackingTest(
  "starts at the same time share one unpacked program, and leave no rests",
  async (folder) => {
    const env = { XDG_CACHE_HOME: folder };
    await Promise.all(Array.from({ length: 4 }, () => works({ env })));
    assertEquals(namesIn(`${folder}/ssdaq`).length, 1);
    const names = namesIn(unpackedIn(`${folder}/ssdaq`));
    assertEquals(names.filter((name) => name.startsWith("unpacking")), []);
  },
);

unpackingTest(
  "rests of a start that was killed while it unpacked are removed, and not used",
  async (folder) => {
    const rest = `${folder}/ssdaq/unpacking.999999999`;
    Deno.mkdirSync(rest, { recursive: true, mode: 0o700 });
    Deno.chmodSync(`${folder}/ssdaq`, 0o700);
    Deno.writeTextFileSync(`${rest}/deno`, "half");
    await works({ env: { XDG_CACHE_HOME: folder } });
    assertEquals(namesIn(`${folder}/ssdaq`).length, 1);
  },
);

unpackingTest(
  "a start that is killed at any step of its unpacking does not harm the next",
  async (folder) => {
    const steps = STOPPING_POINTS.filter((point) => point.startsWith("unpack."));
    assertEquals(steps.length, 3);
    for (const point of steps) {
      const env = { XDG_CACHE_HOME: `${folder}/${point}` };
      const killed = await start(["--version"], {
        env: { ...env, SSDAQ_STOP_AT: `kill@${point}` },
      });
      assertEquals([killed.code, killed.stdout], [137, ""], point);
      await works({ env });
      assertEquals(namesIn(`${folder}/${point}/ssdaq`).length, 1, point);
      const rests = namesIn(unpackedIn(`${folder}/${point}/ssdaq`));
      assertEquals(rests.filter((name) => name.startsWith("unpacking")), [], point);
    }
  },
);

unpackingTest("what is unpacked is used again, unless it is not as it was", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  await works({ env });
  const unpacked = unpackedIn(`${folder}/ssdaq`);
  const made = Deno.statSync(unpacked).birthtime?.getTime();
  await works({ env });
  assertEquals(Deno.statSync(unpacked).birthtime?.getTime(), made);
  const told = `${unpacked} has changed since it was unpacked: unpacking again`;
  const spoil: Record<string, () => void> = {
    "others may write it": () => Deno.chmodSync(unpacked, 0o777),
    "the runtime is cut": () => Deno.truncateSync(`${unpacked}/deno`, 1000),
    "the program is gone": () => Deno.removeSync(`${unpacked}/program`, { recursive: true }),
    "it is a link": () => {
      Deno.renameSync(unpacked, `${folder}/elsewhere`);
      Deno.symlinkSync(`${folder}/elsewhere`, unpacked);
    },
  };
  for (const [what, change] of Object.entries(spoil)) {
    change();
    await works({ env }, told);
    assert(Deno.lstatSync(unpacked).isDirectory, what);
    await works({ env });
  }
});

/** The mark that all files were verified since this host booted. */
function markIn(unpacked: string): string {
  const marks = namesIn(unpacked).filter((name) => name.startsWith("verified."));
  assertEquals(marks.length, 1, namesIn(unpacked).join(" "));
  return `${unpacked}/${marks[0]}`;
}

/** Makes the next start the first one after a boot. */
function reboot(unpacked: string): void {
  Deno.renameSync(markIn(unpacked), `${unpacked}/verified.00000000-0000-0000-0000-000000000000`);
}

/** As after a power failure: the content is another one, the rest is as it was. */
function spoilContent(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
  const { mtime, atime } = Deno.statSync(path);
  Deno.writeFileSync(path, change(Deno.readFileSync(path)));
  Deno.utimeSync(path, atime ?? 0, mtime ?? 0);
}

unpackingTest(
  "after a power failure, each file is verified, and a damaged one is mended",
  async (folder) => {
    const env = { XDG_CACHE_HOME: folder };
    await works({ env });
    const unpacked = unpackedIn(`${folder}/ssdaq`);
    const told = `${unpacked} has changed since it was unpacked: unpacking again`;
    const empty = () => new Uint8Array();
    const zeroed = (bytes: Uint8Array) => new Uint8Array(bytes.length);
    const main = `${unpacked}/program/cli/main.ts`;
    const damages: Record<string, () => void> = {
      "main.ts is empty": () => spoilContent(main, empty),
      "the runtime is zeroed": () => spoilContent(`${unpacked}/deno`, zeroed),
      "the list of hashes is empty": () => spoilContent(`${unpacked}/files.sha256`, empty),
      "a page of a template is zeroed": () =>
        spoilContent(
          `${unpacked}/program/lib/recording/table/template/gzip1.h5`,
          (bytes) => bytes.fill(0, 512, 1024),
        ),
    };
    for (const [what, damage] of Object.entries(damages)) {
      damage();
      reboot(unpacked);
      await works({ env }, told);
      await works({ env });
      assertEquals(namesIn(`${folder}/ssdaq`).length, 1, what);
    }
    // Nothing is damaged: nothing is told, and nothing is unpacked.
    const { ino } = Deno.statSync(unpacked);
    reboot(unpacked);
    await works({ env });
    assertEquals(Deno.statSync(unpacked).ino, ino);
  },
);

unpackingTest("a change without a power failure is noticed and mended too", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  await works({ env });
  const unpacked = unpackedIn(`${folder}/ssdaq`);
  spoilContent(`${unpacked}/program/cli/main.ts`, () => new Uint8Array());
  await works({ env }, "has changed since it was unpacked: unpacking again");
  spoilContent(`${unpacked}/deno`, (bytes) => new Uint8Array(bytes.length));
  await works({ env }, "has changed since it was unpacked: unpacking again");
  // A file that was only touched is verified, and used.
  const { ino } = Deno.statSync(unpacked);
  Deno.chmodSync(`${unpacked}/deno`, 0o755);
  await works({ env });
  assertEquals(Deno.statSync(unpacked).ino, ino);
});

unpackingTest("marks and caches of earlier boots do not pile up", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  await works({ env });
  const unpacked = unpackedIn(`${folder}/ssdaq`);
  for (let boot = 0; boot < 12; boot++) {
    const mark = `${unpacked}/verified.00000000-${boot}`;
    Deno.writeTextFileSync(mark, "");
    Deno.utimeSync(mark, boot, boot);
    Deno.mkdirSync(`${unpacked}/cache.00000000-${boot}`);
  }
  Deno.chmodSync(`${unpacked}/deno`, 0o755);
  await works({ env });
  const count = (prefix: string) =>
    namesIn(unpacked).filter((name) => name.startsWith(prefix)).length;
  assertEquals([count("verified."), count("cache.")], [8, 8]);
});

Deno.test({
  name: "what is unpacked is on the disk before it gets its name, and the name before it is used",
  ignore: !unpacks || !hasProgram("strace"),
  fn: () =>
    inMemory(async (folder) => {
      const trace = `${folder}/trace`;
      const calls = "trace=fsync,syncfs,rename,renameat,renameat2,execve,openat";
      await works({
        env: { XDG_CACHE_HOME: folder },
        before: ["strace", "-f", "-y", "-qq", "-o", trace, "-e", calls],
      });
      const lines = Deno.readTextFileSync(trace).split("\n");
      const after = (index: number, pattern: RegExp) => {
        const found = lines.findIndex((line, at) => at > index && pattern.test(line));
        assert(found >= 0, `${pattern} after ${lines[index]}`);
        return found;
      };
      let at = after(-1, /syncfs\(\d+<[^>]*\/unpacking\.\d+>\) += 0/);
      at = after(at, /fsync\(\d+<[^>]*\/unpacking\.\d+\/verified\.[^>]*>\) += 0/);
      at = after(at, /fsync\(\d+<[^>]*\/unpacking\.\d+>\) += 0/);
      at = after(at, /rename\w*\(.*\/unpacking\.\d+".* = 0/);
      at = after(at, /fsync\(\d+<[^>]*\/ssdaq>\) += 0/);
      after(at, /execve\("[^"]*\/[0-9a-f]{64}\/deno"/);
      const unpacking = /open\w*\([^"]*"[^"]*unpacking[^"]*".*O_(WRONLY|RDWR)/;
      const written = lines.findLastIndex((line) => unpacking.test(line));
      assert(written >= 0 && lines[written]?.includes("/verified."), lines[written]);
    }),
});

unpackingTest("killed at any moment while it unpacks, the next start works", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  for (const folderGrows of [1, 90_000_000]) {
    const child = new Deno.Command(EXECUTABLE, {
      args: ["--version"],
      clearEnv: true,
      env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const has = () =>
      namesIn(folder).length > 0 &&
      Array.from(walkSync(`${folder}/ssdaq`, { includeDirs: false })).reduce(
          (bytes, { path }) => bytes + sizeOf(path),
          0,
        ) >= folderGrows;
    await waitFor("it unpacks", has);
    child.kill("SIGKILL");
    await child.status;
    await works({ env });
    assertEquals(namesIn(`${folder}/ssdaq`).length, 1);
    Deno.removeSync(`${folder}/ssdaq`, { recursive: true });
  }
});

unpackingTest("a full disk with a damaged program is used again", async (folder) => {
  const small = ["-t", "tmpfs", "-o", "size=230m,mode=700", "tmpfs", folder];
  assertEquals((await mount(...small)).success, true);
  try {
    const env = { XDG_CACHE_HOME: folder };
    await works({ env });
    const unpacked = unpackedIn(`${folder}/ssdaq`);
    Deno.truncateSync(`${unpacked}/program/cli/main.ts`);
    await works({ env }, "unpacking again");
    assertEquals(unpackedIn(`${folder}/ssdaq`), unpacked);
    assertEquals(namesIn(`${folder}/ssdaq`).length, 1);
  } finally {
    await new Deno.Command("umount", { args: [folder] }).output();
  }
}, true);

unpackingTest("from a folder that cannot be written, what is whole is used", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  await works({ env });
  const unpacked = unpackedIn(`${folder}/ssdaq`);
  reboot(unpacked);
  assertEquals((await mount("--bind", folder, folder)).success, true);
  try {
    assertEquals((await mount("-o", "remount,bind,ro", folder)).success, true);
    await works({ env });
    await works({ env });
  } finally {
    await new Deno.Command("umount", { args: [folder] }).output();
  }
  Deno.truncateSync(`${unpacked}/program/cli/main.ts`);
  assertEquals((await mount("--bind", folder, folder)).success, true);
  try {
    assertEquals((await mount("-o", "remount,bind,ro", folder)).success, true);
    const { code, stdout, stderr } = await start(["daemon"], {
      env: { ...env, HOME: folder, TMPDIR: folder },
    });
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, `${folder}/ssdaq: cannot be written, or is full`);
  } finally {
    await new Deno.Command("umount", { args: [folder] }).output();
  }
}, true);

unpackingTest("a folder that is not its user's alone is not used", async (folder) => {
  Deno.mkdirSync(`${folder}/x/ssdaq`, { recursive: true });
  Deno.chmodSync(`${folder}/x/ssdaq`, 0o777);
  await works({ env: { XDG_CACHE_HOME: `${folder}/x`, HOME: `${folder}/h` } });
  assertEquals(namesIn(`${folder}/x/ssdaq`), []);
  assertEquals(namesIn(`${folder}/h/.cache`), ["ssdaq"]);
});

unpackingTest("another user's folder is not used, not even by root", async (folder) => {
  const base = `${folder}/ssdaq`;
  Deno.mkdirSync(base, { mode: 0o700 });
  Deno.chownSync(base, 65534, 65534);
  await works({ env: { XDG_CACHE_HOME: folder, HOME: `${folder}/h` } });
  assertEquals(namesIn(base), []);
}, true);

unpackingTest("a damaged or cut file is refused with what to do", async (folder) => {
  const env = { XDG_CACHE_HOME: folder };
  const bytes = Deno.readFileSync(EXECUTABLE);
  const damaged = bytes.slice();
  flipBits(damaged, damaged.length >> 1, 1);
  for (const content of [damaged, bytes.subarray(0, -1), bytes.subarray(0, 20_000)]) {
    const executable = `${folder}/ssdaq-damaged`;
    Deno.writeFileSync(executable, content, { mode: 0o755 });
    const { code, stdout, stderr } = await start(["--version"], { env, executable });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: \S+ssdaq-damaged is damaged: .*; copy it again\n$/);
    assertEquals(namesIn(`${folder}/ssdaq`), []);
  }
});

unpackingTest("where no folder serves, it says which and why, and what to set", async (folder) => {
  const file = `${folder}/file`;
  Deno.writeTextFileSync(file, "");
  const env = { XDG_CACHE_HOME: file, HOME: file, TMPDIR: file };
  const { code, stderr } = await start(["--version"], { env });
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^error: ssdaq cannot unpack itself to any folder; set XDG_CACHE_HOME to a private folder/,
  );
  for (const base of [`${file}/ssdaq`, `${file}/.cache/ssdaq`, `${file}/ssdaq-${Deno.uid()}`]) {
    assertStringIncludes(stderr, `  ${base}: cannot be made`);
  }
});

unpackingTest("it is not used from where programs cannot run or that is full", async (folder) => {
  const mounts = { noexec: "size=300m,noexec", full: "size=10m" };
  for (const [name, options] of Object.entries(mounts)) {
    const at = `${folder}/${name}`;
    Deno.mkdirSync(at);
    assertEquals((await mount("-t", "tmpfs", "-o", options, "tmpfs", at)).success, true);
    try {
      const told = name === "full" ? "cannot be written, or is full" : "programs cannot be run";
      const env = { XDG_CACHE_HOME: at, HOME: at, TMPDIR: at };
      const { code, stderr } = await start(["--version"], { env });
      assertEquals(code, 1);
      assertStringIncludes(stderr, `${at}/ssdaq: ${told}`);
      await works({ env: { XDG_CACHE_HOME: at, HOME: folder } });
      assertEquals(namesIn(`${at}/ssdaq`), []);
    } finally {
      await new Deno.Command("umount", { args: [at] }).output();
    }
    Deno.removeSync(`${folder}/.cache`, { recursive: true });
  }
}, true);

unpackingTest("another user runs it from a cache of his own", async (folder) => {
  Deno.chmodSync(folder, 0o755);
  const executable = `${folder}/ssdaq`;
  Deno.copyFileSync(EXECUTABLE, executable);
  Deno.chmodSync(executable, 0o555);
  Deno.mkdirSync(`${folder}/home`);
  Deno.chownSync(`${folder}/home`, 65534, 65534);
  const env = { HOME: `${folder}/home`, PATH: "/usr/bin:/bin" };
  await works({ env, executable, before: NOBODY });
  const { uid } = Deno.statSync(unpackedIn(`${folder}/home/.cache/ssdaq`));
  assertEquals(uid, 65534);
  assertNotEquals(uid, Deno.uid());
}, true);
