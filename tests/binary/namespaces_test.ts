import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals } from "../assert.ts";
import {
  assertNothingLost,
  type DaemonSummary,
  dataOf,
  type RecordSummary,
  type SimSummary,
} from "../cli/pipeline.ts";
import { inFolder, readNumbers } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import { EXECUTABLE } from "./executable.ts";

/** Addresses of the modules on the detector's network, as in the camera. */
const MODULES = Array.from({ length: 32 }, (_, slot) => `172.18.0.${101 + slot}/24`);
const DAEMON = "172.18.0.1";
const DAEMON_OUTSIDE = "10.77.0.1";
const RECORDER = "10.77.0.2";

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Hosts of the test's own: what runs in one reaches the others by its links alone. */
class Hosts implements AsyncDisposable {
  readonly #made: string[] = [];

  /** Name of a host as the system knows it. */
  name(host: string): string {
    return `ssdaq-${Deno.pid}-${host}`;
  }

  async add(host: string): Promise<void> {
    await ip("netns", "add", this.name(host));
    this.#made.push(host);
    await ip("-n", this.name(host), "link", "set", "lo", "up");
  }

  /** Joins two hosts by a cable, whose ends have these addresses. */
  async link(hostA: string, addressesA: string[], hostB: string, addressesB: string[]) {
    const ends = [[hostA, `to-${hostB}`, addressesA], [hostB, `to-${hostA}`, addressesB]] as const;
    const [[, nameA], [, nameB]] = ends;
    await ip(
      ...["link", "add", nameA, "netns", this.name(hostA), "type", "veth"],
      ...["peer", "name", nameB, "netns", this.name(hostB)],
    );
    for (const [host, name, addresses] of ends) {
      for (const address of addresses) {
        await ip("-n", this.name(host), "address", "add", address, "dev", name);
      }
      await ip("-n", this.name(host), "link", "set", name, "up");
    }
  }

  /** Starts the executable on a host. */
  start(host: string, folder: string, args: string[]): SsdaqProcess {
    const wrapper = `${folder}/ssdaq-on-${host}`;
    const surroundings = `env -i XDG_CACHE_HOME='${folder}'`;
    const line = `exec ip netns exec ${this.name(host)} ${surroundings} '${EXECUTABLE}' "$@"`;
    Deno.writeTextFileSync(wrapper, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    Deno.env.set("SSDAQ_EXECUTABLE", wrapper);
    return new SsdaqProcess(args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#made.toReversed()) await ip("netns", "delete", this.name(host));
  }
}

/** Whether this user may make hosts here. */
async function canMakeHosts(): Promise<boolean> {
  const name = `ssdaq-${Deno.pid}-probe`;
  try {
    await ip("netns", "add", name);
    await ip("netns", "delete", name);
    return true;
  } catch {
    return false;
  }
}

const possible = await canMakeHosts();

Deno.test({
  name: "modules, daemon and recorder on three hosts: every event is complete and stored" +
    (possible ? "" : " (skipped: needs root and ip netns)"),
  ignore: !possible,
  fn: () =>
    inFolder(async (folder) => {
      await using hosts = new Hosts();
      for (const host of ["camera", "daq", "disk"]) await hosts.add(host);
      await hosts.link("camera", MODULES, "daq", [`${DAEMON}/24`]);
      await hosts.link("daq", [`${DAEMON_OUTSIDE}/24`], "disk", [`${RECORDER}/24`]);

      await using daemon = hosts.start("daq", folder, [
        ...["daemon", "-l", `${DAEMON}:2009`, "-p", "tcp://*:9004", "--json"],
      ]);
      await daemonPlaces(daemon);
      const file = `${folder}/a.h5`;
      await using record = hosts.start("disk", folder, [
        ...["record", file, "-e", `tcp://${DAEMON_OUTSIDE}:9004`, "--json"],
      ]);
      await daemon.says(/subscriber joined, now 1/);
      await using sim = hosts.start("camera", folder, [
        ...["sim", "--target", `${DAEMON}:2009`, "--first-address", "172.18.0.101"],
        ...["--readouts", "200", "--speed", "10", "--json"],
      ]);
      const sent: SimSummary = dataOf(await sim.ended);
      assertEquals(sent.slots.map(({ address }) => `${address}/24`), MODULES);
      const built: DaemonSummary = dataOf(await daemon.stop());
      assertNothingLost(sent, built, 200);
      const stored: RecordSummary = dataOf(await record.stop());
      assertEquals([stored.ledger.recorder.stored, stored.ledger.recorder.missed], [200, 0]);
      assertEquals(await readNumbers(file), upTo(200));
    }),
});
