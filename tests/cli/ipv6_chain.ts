/**
 * Simulates a camera by IPv6, each module from its own address, and prints what the daemon made of
 * it. Run by `ipv6_test.ts` in a network namespace that has these addresses.
 *
 * @module
 */

import { dataOf, simulate, startDaemon } from "./pipeline.ts";

const [firstAddress = "", socket = "", ...addresses] = Deno.args;

// The other way round than the addresses, so that a wrong slot is seen.
const modules = addresses.map((address, index) => `${address}=${addresses.length - 1 - index}`);
await using running = await startDaemon(
  ...["-l", "[::]:0", "--socket", socket, "--json"],
  ...modules.flatMap((module) => ["--module", module]),
);
const sent = await simulate(
  running.target,
  ...["--modules", `${modules.length}`, "--first-address", firstAddress],
  ...["--readouts", "50", "--speed", "5"],
);
const daemon = dataOf(await running.daemon.stop());
// deno-lint-ignore no-console
console.log(JSON.stringify({ sent, daemon }));
