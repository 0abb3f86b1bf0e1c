import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "../assert.ts";
import { flipBits } from "../elements.ts";
import { inFolder, namesIn } from "../lib/recording/fixtures.ts";
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
  Deno.test({ name: name + reason, ignore: reason !== "", fn: () => inFolder(fn) });
}

/** The folder that it has unpacked itself to, below that. */
function unpackedIn(folder: string): string {
  const names = namesIn(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  assertEquals(names.length, 1, namesIn(folder).join(" "));
  return `${folder}/${names[0]}`;
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
    const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", options, "tmpfs", at] });
    assertEquals((await mount.output()).success, true);
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
