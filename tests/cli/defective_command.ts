/** `ssdaq listen` with a defect in a timer: defective_command.ts [OPTION...]. */

import { main } from "../../cli/main.ts";

const ending = main(["listen", "--endpoint", "tcp://127.0.0.1:9", ...Deno.args]);
setTimeout(() => {
  throw new Error("broken in a timer");
});
Deno.exitCode = await ending;
