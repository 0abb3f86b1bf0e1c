import { daemonAddress } from "../../../../cli/commands/run/daemon_address.ts";
import { assertEquals } from "../../../assert.ts";

const event = (endpoint: string) => ({ endpoint, format: "event" as const });
const readout = (endpoint: string) => ({ endpoint, format: "readout" as const });

Deno.test("daemonAddress() is where a daemon publishes first and is controlled", () => {
  const publish = [event("tcp://10.0.0.1:5555"), event("tcp://*:9004")];
  const control = "http://127.0.0.1:8642";
  assertEquals(daemonAddress({ publish, control }), { endpoint: "tcp://10.0.0.1:5555", control });
  assertEquals(daemonAddress({ publish: [] }), undefined);
});

Deno.test("daemonAddress() turns every address of a host into one to connect to", () => {
  for (const host of ["*", "0.0.0.0", "[::]"]) {
    const ready = {
      publish: [event(`tcp://${host}:9004`)],
      ...host !== "*" && { control: `http://${host}:8642` },
    };
    assertEquals(daemonAddress(ready), {
      endpoint: "tcp://127.0.0.1:9004",
      control: host === "*" ? undefined : "http://127.0.0.1:8642",
    });
  }
});

Deno.test("daemonAddress() takes an endpoint of events before one of readouts", () => {
  for (
    const [publish, endpoint] of [
      [[readout("tcp://10.0.0.1:1"), event("tcp://10.0.0.1:2")], "tcp://10.0.0.1:2"],
      [[readout("tcp://10.0.0.1:1"), event("ipc:///run/a")], "ipc:///run/a"],
      [[readout("tcp://10.0.0.1:1"), readout("tcp://10.0.0.1:2")], "tcp://10.0.0.1:1"],
    ] as const
  ) assertEquals(daemonAddress({ publish: [...publish] })?.endpoint, endpoint);
});
