import { createHash } from "node:crypto";
import type { FileReport } from "../../../../cli/commands/install/installation.ts";
import { serviceUnit } from "../../../../cli/commands/install/unit.ts";
import { STOP_MS } from "../../../../cli/commands/run/patience.ts";
import { selfCommand } from "../../../../cli/process/self.ts";
import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { walkSync } from "../../../../scripts/fs.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { hasProgram } from "../../../has_program.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { dataOf } from "../../pipeline.ts";
import { refused } from "../../refused.ts";
import { CAN_MOUNT, onSmallDisk } from "../../small_disk.ts";

const FILES = [
  "/usr/local/bin/ssdaq",
  "/usr/local/share/bash-completion/completions/ssdaq",
  "/usr/local/share/zsh/site-functions/_ssdaq",
  "/usr/local/share/fish/vendor_completions.d/ssdaq.fish",
  "/etc/ssdaq/ssdaq.toml",
] as const;
const SERVICE_FILES = ["/etc/systemd/system/ssdaq.service", "/etc/sysusers.d/ssdaq.conf"] as const;
const MANIFEST = "/usr/local/share/ssdaq/installed.json";
const [EXECUTABLE, , , , CONFIGURATION] = FILES;
const [UNIT] = SERVICE_FILES;

interface Change {
  files: FileReport[];
  next: string[];
}

/** An executable to install, and a host to install it on. */
async function onHost(test: (host: string, from: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/ssdaq`, "#!/bin/sh\necho one\n");
    await test(`${folder}/host`, `${folder}/ssdaq`);
  });
}

async function change(command: string, host: string, ...args: string[]): Promise<Change> {
  return dataOf(await SsdaqProcess.run(command, "--root", host, "--json", ...args));
}

/** What each file came to, by its path. */
function actionsOf({ files }: Change): Record<string, string> {
  return Object.fromEntries(files.map(({ path, action }) => [path, action]));
}

/** All files below a folder, by their paths there. */
function filesBelow(folder: string): string[] {
  return Array.from(
    walkSync(folder, { includeDirs: false }),
    ({ path }) => path.slice(folder.length),
  ).sort();
}

Deno.test("install puts executable, completions and configuration where they belong", () =>
  onHost(async (host, from) => {
    const installed = await change("install", host, "--from", from);
    assertEquals(actionsOf(installed), Object.fromEntries(FILES.map((path) => [path, "written"])));
    assertEquals(filesBelow(host), [...FILES, MANIFEST].sort());
    assertEquals(await Deno.readTextFile(host + EXECUTABLE), "#!/bin/sh\necho one\n");
    const modes = FILES.map((path) => (Deno.statSync(host + path).mode ?? 0) & 0o777);
    assertEquals(modes, [0o755, 0o644, 0o644, 0o644, 0o644]);
    const { code } = await SsdaqProcess.run("config", "check", host + CONFIGURATION);
    assertEquals(code, 0);
  }));

Deno.test("install --systemd adds a service that records where its user may write", () =>
  onHost(async (host, from) => {
    const installed = await change("install", host, "--from", from, "--systemd");
    assertEquals(filesBelow(host), [...FILES, ...SERVICE_FILES, MANIFEST].sort());
    assertStringIncludes(
      await Deno.readTextFile(host + UNIT),
      `ExecStart=${EXECUTABLE} run --config ${CONFIGURATION}\n`,
    );
    const unit = await Deno.readTextFile(host + UNIT);
    const [, minutes] = unit.match(/^TimeoutStopSec=(\d+)min$/m) ?? [];
    assertGreater(Number(minutes) * 60_000, STOP_MS);
    const { tables: { record } } = dataOf<{ tables: { record: { folder: { value: string } } } }>(
      await SsdaqProcess.run("config", "show", "--json", "--config", host + CONFIGURATION),
    );
    assertEquals(record.folder.value, "/var/lib/ssdaq");
    assertMatch(installed.next.join("\n"), /systemctl enable --now ssdaq/);
  }));

Deno.test("installed again, what is the same stays, and what is newer replaces what was written", () =>
  onHost(async (host, from) => {
    await change("install", host, "--from", from);
    await Deno.writeTextFile(host + CONFIGURATION, "[daemon]\nrun = 7\n");
    await Deno.writeTextFile(from, "#!/bin/sh\necho two\n");
    assertEquals(actionsOf(await change("install", host, "--from", from)), {
      [EXECUTABLE]: "replaced",
      [FILES[1]]: "unchanged",
      [FILES[2]]: "unchanged",
      [FILES[3]]: "unchanged",
      [CONFIGURATION]: "kept",
    });
    assertEquals(await Deno.readTextFile(host + EXECUTABLE), "#!/bin/sh\necho two\n");
    assertEquals(await Deno.readTextFile(host + CONFIGURATION), "[daemon]\nrun = 7\n");
  }));

Deno.test("files that others wrote or changed are replaced by --force alone, and else none is", () =>
  onHost(async (host, from) => {
    await change("install", host, "--from", from, "--systemd");
    await Deno.writeTextFile(host + UNIT, "# mine\n");
    await Deno.writeTextFile(from, "#!/bin/sh\necho two\n");
    const args = ["--root", host, "--from", from, "--systemd"];
    await refused(2, ["install", ...args], `or they were changed: ${UNIT}; copy what you need`);
    assertEquals(await Deno.readTextFile(host + EXECUTABLE), "#!/bin/sh\necho one\n");
    const { [UNIT]: unit } = actionsOf(await change("install", host, ...args.slice(2), "--force"));
    assertEquals(unit, "replaced");
    assert((await Deno.readTextFile(host + UNIT)).includes("ExecStart="));
  }));

Deno.test("--dry-run tells what would be done, and does nothing", () =>
  onHost(async (host, from) => {
    const { code, stdout } = await SsdaqProcess.run(
      ...["install", "--root", host, "--from", from, "--dry-run"],
    );
    assertEquals(code, 0);
    assertMatch(stdout, /^would be written +\/usr\/local\/bin\/ssdaq$/m);
    await Deno.mkdir(host);
    assertEquals(filesBelow(host), []);
    await change("install", host, "--from", from);
    const before = filesBelow(host);
    const told = await change("uninstall", host, "--dry-run");
    assertEquals(told.files.map(({ action }) => action), FILES.map(() => "removed"));
    assertEquals(filesBelow(host), before);
  }));

Deno.test("uninstall leaves a host as it was", () =>
  onHost(async (host, from) => {
    await Deno.mkdir(`${host}/usr/local/bin`, { recursive: true });
    await Deno.writeTextFile(`${host}/usr/local/bin/other`, "");
    await change("install", host, "--from", from, "--systemd");
    const { files } = await change("uninstall", host);
    assertEquals(files.map(({ action }) => action), files.map(() => "removed"));
    assertEquals(files.length, FILES.length + SERVICE_FILES.length);
    assertEquals(filesBelow(host), ["/usr/local/bin/other"]);
    assertEquals([...Deno.readDirSync(host)].map(({ name }) => name), ["usr"]);
    assertEquals([...Deno.readDirSync(`${host}/usr/local`)].map(({ name }) => name), ["bin"]);
    await refused(2, ["uninstall", "--root", host], "nothing is installed in");
  }));

Deno.test("uninstall keeps what was changed since, but by --force, and tells what is gone", () =>
  onHost(async (host, from) => {
    await change("install", host, "--from", from);
    await Deno.writeTextFile(host + CONFIGURATION, "[daemon]\nrun = 7\n");
    await Deno.remove(host + EXECUTABLE);
    const actions = actionsOf(await change("uninstall", host));
    assertEquals([actions[CONFIGURATION], actions[EXECUTABLE]], ["kept", "gone"]);
    assertEquals(filesBelow(host), [CONFIGURATION]);
    await change("install", host, "--from", from);
    await change("uninstall", host, "--force");
    // It was there before: not installed, so not removed.
    assertEquals(filesBelow(host), [CONFIGURATION]);
  }));

Deno.test("a file that cannot be written is named, and the account has those before it", () =>
  onHost(async (host, from) => {
    // The draft of that file cannot be written, nor can it be moved to its place.
    const draft = `${host}${FILES[2]}.ssdaq-new`;
    await Deno.mkdir(draft, { recursive: true });
    await refused(1, ["install", "--root", host, "--from", from], `cannot change ${FILES[2]}: `);
    assertEquals(actionsOf(await change("uninstall", host)), {
      [EXECUTABLE]: "removed",
      [FILES[1]]: "removed",
    });
    assertEquals(filesBelow(host), []);
    assert(Deno.statSync(draft).isDirectory);
  }));

Deno.test("a damaged account of what was installed is told in one line", () =>
  onHost(async (host, from) => {
    await change("install", host, "--from", from);
    for (const damaged of ["", "null", "{}", '{"version":"1","files":[],"folders":[7]}']) {
      Deno.writeTextFileSync(host + MANIFEST, damaged);
      await refused(1, ["uninstall", "--root", host], `${MANIFEST} is damaged: remove it`);
    }
  }));

Deno.test("uninstall touches no file that install does not write, whatever its account says", () =>
  onHost(async (host, from) => {
    await change("install", host, "--from", from);
    const content = "not ours\n";
    const hash = createHash("sha256").update(content).digest("hex");
    const account = JSON.parse(await Deno.readTextFile(host + MANIFEST));
    const paths = ["/etc/passwd", "/usr/local/bin/../../../etc/passwd", "/usr/local/bin/other"];
    await Deno.mkdir(`${host}/srv/empty`, { recursive: true });
    for (const path of ["/etc/passwd", "/usr/local/bin/other"]) {
      await Deno.writeTextFile(host + path, content);
    }
    const before = filesBelow(host);
    const forged = [
      ...paths.map((path) => ({ ...account, files: { ...account.files, [path]: hash } })),
      { ...account, folders: [...account.folders, "/srv/empty"] },
    ];
    for (const [index, content] of forged.entries()) {
      await Deno.writeTextFile(host + MANIFEST, JSON.stringify(content));
      const told = `names ${paths[index] ?? "/srv/empty"}, which ssdaq install did not write`;
      await refused(1, ["uninstall", "--root", host], told);
      await refused(1, ["uninstall", "--root", host, "--force"], told);
      await refused(1, ["install", "--root", host, "--from", from], told);
      assertEquals(filesBelow(host), before);
      assert(Deno.statSync(`${host}/srv/empty`).isDirectory);
    }
  }));

Deno.test("install and uninstall follow no link in place of a file", () =>
  onHost(async (host, from) => {
    const victim = `${host}-victim`;
    const spared = () => assertEquals(Deno.readTextFileSync(victim), "spared\n");
    await Deno.writeTextFile(victim, "spared\n", { mode: 0o600 });
    await Deno.mkdir(`${host}/usr/local/bin`, { recursive: true });
    await Deno.symlink(victim, `${host}${EXECUTABLE}.ssdaq-new`);
    await change("install", host, "--from", from);
    spared();
    assertEquals((Deno.statSync(victim).mode ?? 0) & 0o777, 0o600);
    assertEquals(await Deno.readTextFile(host + EXECUTABLE), "#!/bin/sh\necho one\n");
    // In place of an installed file, with the content of that file: it is kept, by --force it goes.
    await Deno.rename(host + EXECUTABLE, `${host}/elsewhere`);
    await Deno.symlink(`${host}/elsewhere`, host + EXECUTABLE);
    await refused(2, ["install", "--root", host, "--from", from], `were changed: ${EXECUTABLE}`);
    assertEquals(actionsOf(await change("uninstall", host, "--dry-run"))[EXECUTABLE], "kept");
    const forced = await change("uninstall", host, "--force");
    assertEquals(actionsOf(forced)[EXECUTABLE], "removed");
    assertEquals(filesBelow(host), ["/elsewhere"]);
    // In place of the account.
    await Deno.writeTextFile(victim, '{"version":"1","files":{},"folders":[]}');
    await Deno.mkdir(`${host}/usr/local/share/ssdaq`, { recursive: true });
    await Deno.symlink(victim, host + MANIFEST);
    await refused(1, ["uninstall", "--root", host], `${MANIFEST} is damaged: remove it`);
    // In place of the configuration, and to nothing: it is kept.
    await Deno.remove(host + MANIFEST);
    await Deno.mkdir(`${host}/etc/ssdaq`, { recursive: true });
    await Deno.symlink("nowhere", host + CONFIGURATION);
    assertEquals(
      actionsOf(await change("install", host, "--from", from))[CONFIGURATION],
      "kept",
    );
    assertEquals(await Deno.readLink(host + CONFIGURATION), "nowhere");
  }));

Deno.test("install and uninstall leave no root through a link", () =>
  onHost(async (host, from) => {
    const outside = `${host}-outside`;
    await Deno.mkdir(outside);
    await Deno.mkdir(`${host}/usr/local`, { recursive: true });
    await Deno.symlink(outside, `${host}/usr/local/share`);
    const told = "/usr/local/share is a link that leads out of";
    await refused(1, ["install", "--root", host, "--from", from], told);
    assertEquals(filesBelow(outside), []);
    await Deno.mkdir(`${outside}/ssdaq`);
    await Deno.writeTextFile(`${outside}/ssdaq/installed.json`, "{}");
    await refused(1, ["uninstall", "--root", host], told);
    // A link within the root is the administrator's.
    await Deno.remove(`${host}/usr/local/share`);
    await Deno.mkdir(`${host}/opt/share`, { recursive: true });
    await Deno.symlink("../../opt/share", `${host}/usr/local/share`);
    await change("install", host, "--from", from);
    await change("uninstall", host);
    assertEquals(filesBelow(host), ["/usr/local/share"]);
  }));

Deno.test({
  name: "root follows no folder's link that another user made",
  ignore: Deno.uid() !== 0,
  fn: () =>
    onHost(async (host, from) => {
      await Deno.mkdir(`${host}/home/other`, { recursive: true });
      await Deno.mkdir(`${host}/usr/secret`, { recursive: true });
      const link = `${host}/home/other/bin`;
      await Deno.symlink("../../usr/secret", link);
      new Deno.Command("chown", { args: ["-h", "65534:65534", link] }).outputSync();
      await refused(
        1,
        ["install", "--root", host, "--prefix", "/home/other", "--from", from],
        "/home/other/bin is a link that another user (65534) made",
      );
      assertEquals(filesBelow(`${host}/usr/secret`), []);
    }),
});

Deno.test({
  name: "on a full disk nothing is left that uninstall does not know",
  ignore: !CAN_MOUNT,
  fn: () =>
    onSmallDisk("1m", async (disk) => {
      await inFolder(async (folder) => {
        const from = `${folder}/ssdaq`;
        await Deno.writeFile(from, new Uint8Array(2 * 1024 ** 2).fill(32));
        await refused(
          1,
          ["install", "--root", disk, "--from", from],
          `cannot change ${EXECUTABLE}`,
        );
        assertEquals(filesBelow(disk), [MANIFEST]);
        await change("uninstall", disk);
        assertEquals(filesBelow(disk), []);
      });
    }),
});

Deno.test("what a killed installation left is removed, and does not hinder the next", () =>
  onHost(async (host, from) => {
    const draft = `${EXECUTABLE}.ssdaq-new`;
    await Deno.mkdir(`${host}/usr/local/bin`, { recursive: true });
    await Deno.writeTextFile(host + draft, "half");
    assertEquals(actionsOf(await change("uninstall", host)), { [draft]: "removed" });
    assertEquals(filesBelow(host), []);
    await Deno.writeTextFile(host + draft, "half");
    await change("install", host, "--from", from);
    assertEquals(filesBelow(host), [...FILES, MANIFEST].sort());
    // Killed after the account and before the files.
    for (const path of FILES) await Deno.remove(host + path);
    const actions = Object.values(actionsOf(await change("uninstall", host)));
    assertEquals(actions, FILES.map(() => "gone"));
    assertEquals(filesBelow(host), []);
  }));

Deno.test({
  name: "what is installed is on the disk before it gets its name, the account first",
  ignore: !hasProgram("strace"),
  fn: () =>
    onHost(async (host, from) => {
      const trace = `${host}.trace`;
      const { executable, args } = selfCommand(["install", "--root", host, "--from", from]);
      const calls = "trace=fsync,rename,renameat,renameat2";
      const { success } = await new Deno.Command("strace", {
        args: ["-f", "-y", "-qq", "-o", trace, "-e", calls, executable, ...args],
      }).output();
      assert(success);
      const lines = Deno.readTextFileSync(trace).split("\n").filter((line) => line.includes(host));
      const renamed = lines.findIndex((line) => line.includes(`${host}${EXECUTABLE}"`));
      const accounted = lines.findIndex((line) => line.includes(`${host}${MANIFEST}"`));
      assert(accounted >= 0 && accounted < renamed);
      assertMatch(lines[renamed - 1] ?? "", /fsync\(\d+<.*\/bin\/ssdaq\.ssdaq-new>\) += 0/);
      assertMatch(lines[renamed + 1] ?? "", /fsync\(\d+<.*\/usr\/local\/bin>\) += 0/);
    }),
});

Deno.test("a device or a FIFO in place of the executable is refused at once", () =>
  onHost(async (host) => {
    for (const from of ["/dev/zero", "/dev/urandom"]) {
      await refused(2, ["install", "--root", host, "--from", from], from, "not a plain file");
    }
  }));

Deno.test("from source there is nothing to install", async () => {
  await inFolder(async (folder) => {
    if (Deno.env.has("SSDAQ_EXECUTABLE")) return;
    await refused(2, ["install", "--root", folder], "deno task compile");
    await refused(2, ["install", "--root", folder, "--from", `${folder}/none`], "cannot read");
  });
});

Deno.test({
  name: "systemd finds nothing wrong with the service, and holds it for well confined",
  ignore: !hasProgram("systemd-analyze"),
  fn: () =>
    inFolder(async (folder) => {
      const unit = `${folder}/ssdaq.service`;
      await Deno.writeTextFile(unit, serviceUnit("/bin/true", CONFIGURATION));
      const analyze = async (...args: string[]) => {
        const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", { args })
          .output();
        return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
      };
      const { code, text } = await analyze("verify", "--man=no", unit);
      assertEquals([code, text], [0, ""]);
      // Of 100, where 0 may do nothing at all.
      const confined = await analyze("security", "--offline=true", "--threshold=25", unit);
      assertEquals(confined.code, 0, confined.text);
    }),
});
