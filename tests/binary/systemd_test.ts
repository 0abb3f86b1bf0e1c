import { assert, assertEquals, assertMatch } from "../assert.ts";
import { first } from "../elements.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { EXECUTABLE } from "./executable.ts";

const SCRIPT = new URL("systemd_host.sh", import.meta.url).pathname;
const NAMESPACES = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"];

/** How a program on the host ended. */
interface Output {
  success: boolean;
  text: string;
}

/** A host that systemd runs, with ssdaq installed as its service. */
class SystemdHost implements AsyncDisposable {
  readonly #unshare: Deno.ChildProcess;
  readonly #said: Promise<string>;

  constructor(folder: string) {
    this.#unshare = new Deno.Command("unshare", {
      args: [...NAMESPACES, "--fork", "--kill-child", "sh", SCRIPT, folder, EXECUTABLE],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#said = new Response(this.#unshare.stderr).text();
  }

  /** Runs a program there. */
  async run(...command: string[]): Promise<Output> {
    const { pid } = this.#unshare;
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
    const output = await new Deno.Command("nsenter", {
      args: ["-t", first(children), "-m", "-p", "-n", "-u", "-i", "-r", "-w", ...command],
      clearEnv: true,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME: "/root" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(output.stdout) + decoder.decode(output.stderr);
    return { success: output.success, text };
  }

  /** What systemd says of the service. */
  async show(property: string): Promise<string> {
    const { text } = await this.run("systemctl", "show", "ssdaq", "--value", "-p", property);
    return text.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unshare.kill("SIGKILL");
    await this.#said;
    await this.#unshare.status;
  }
}

/** How many events each of the service's files has, the oldest file first. */
async function rowsOf(host: SystemdHost): Promise<number[]> {
  const files = await host.run("sh", "-c", "ls /var/lib/ssdaq/*.h5");
  const rows: number[] = [];
  for (const file of files.text.trim().split("\n")) {
    const { success, text } = await host.run("ssdaq", "info", "--json", file);
    assert(success, text);
    rows.push(JSON.parse(text).rows);
  }
  return rows;
}

/** Whether such a host can be had here. */
async function canBoot(): Promise<boolean> {
  const probe = "test -x /lib/systemd/systemd && d=$(mktemp -d) && mount -t tmpfs tmpfs $d && " +
    "mkdir $d/a $d/b $d/c && " +
    "mount -t overlay -o lowerdir=/,upperdir=$d/a,workdir=$d/b overlay $d/c && " +
    "mount -t cgroup2 cgroup2 $d/c/sys && umount -l $d && rmdir $d";
  try {
    const args = [...NAMESPACES, "--fork", "sh", "-c", probe];
    const { success } = await new Deno.Command("unshare", { args, stderr: "null" }).output();
    return success;
  } catch {
    return false;
  }
}

const possible = Deno.build.os === "linux" && await canBoot();

Deno.test({
  name:
    "installed as a service, ssdaq is started by systemd, confined, restarted when it hangs, and " +
    `drained${possible ? "" : " (skipped: needs root, systemd and overlay file systems)"}`,
  ignore: !possible,
  fn: () =>
    inFolder(async (folder) => {
      await using host = new SystemdHost(folder);
      const journal = async () => (await host.run("journalctl", "--no-pager", "-u", "ssdaq")).text;
      try {
        await waitFor("the service to be ready", async () => {
          return await host.show("ActiveState") === "active";
        });
        assertEquals(await host.show("StatusText"), "daemon runs | record runs");
        const pid = await host.show("MainPID");
        assertMatch((await host.run("ps", "-o", "user=", "-p", pid)).text, /^ssdaq\n$/);
        assertMatch(await journal(), /recvmmsg, kernel buffer 32\.0 MiB/);

        const first = await host.run("ssdaq", "sim", "--readouts", "30", "--speed", "10");
        assert(first.success, first.text);
        const doctor = await host.run("ssdaq", "doctor", "--config", "/etc/ssdaq/ssdaq.toml");
        assert(doctor.success, doctor.text);
        assertMatch(doctor.text, /^good {5}modules: all 32 send$/m);
        assertMatch(doctor.text, /^good {5}disk of \/var\/lib\/ssdaq: /m);

        await waitFor("the events to be on the disk", async () => {
          return (await rowsOf(host)).join() === "30";
        });

        // As if its watchdog had run out.
        await host.run("kill", "-ABRT", pid);
        await waitFor("the service to be there again", async () => {
          const mainPid = await host.show("MainPID");
          // In between it has none, and is not known to be inactive yet.
          return ![pid, "0"].includes(mainPid) && await host.show("ActiveState") === "active";
        });
        const second = await host.run("ssdaq", "sim", "--readouts", "20", "--speed", "10");
        assert(second.success, second.text);
        assert((await host.run("systemctl", "stop", "ssdaq")).success);
        assertEquals(await host.show("Result"), "success");

        assertEquals(await rowsOf(host), [30, 20]);
        const uninstalled = await host.run("ssdaq", "uninstall", "--json");
        assert(uninstalled.success, uninstalled.text);
        assertEquals((await host.run("ls", "/usr/local/bin/ssdaq")).success, false);
      } catch (error) {
        throw new Error(`the journal says:\n${await journal()}`, { cause: error });
      }
    }),
});
