/** What a closed terminal does to a process that has drained: after_interruption.ts. */

import { Interruption } from "../../cli/process/interruption.ts";

{
  using _interruption = new Interruption();
}
Deno.kill(Deno.pid, "SIGHUP");
// Time for the signal to arrive; it would end the process.
await new Promise((resolve) => setTimeout(resolve, 200));
Deno.stdout.writeSync(new TextEncoder().encode("alive\n"));
