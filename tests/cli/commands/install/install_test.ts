import type { FileReport } from "../../../../cli/commands/install/installation.ts";
import { serviceUnit } from "../../../../cli/commands/install/unit.ts";
import { STOP_MS } from "../../../../cli/commands/run/patience.ts";
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
