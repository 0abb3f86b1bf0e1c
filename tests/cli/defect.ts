/** A defect in a timer while a ZeroMQ socket waits: defect.ts drains|sticks. */

import { Subscriber } from "zeromq";
import { DefectWatch } from "../../cli/process/defect_watch.ts";

const say = (word: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${word}\n`));
const socket = new Subscriber();
socket.connect("tcp://127.0.0.1:9");
socket.subscribe();
{
  using watch = new DefectWatch({
    onDefect: (defect) => {
      say(`defect ${(defect as Error).message}`);
      if (Deno.args[0] === "drains") socket.close();
    },
    onStuck: () => {
      say("stuck");
      Deno.exit(1);
    },
    drainMs: Deno.args[0] === "drains" ? 60_000 : 10,
  });
  setTimeout(() => {
    void Promise.reject(new Error("in a promise"));
    throw new Error("in a timer");
  });
  for await (const _ of socket) say("a message");
  // The other defect comes only now.
  await new Promise((resolve) => setTimeout(resolve));
  say(`drained ${watch.happened}`);
}
