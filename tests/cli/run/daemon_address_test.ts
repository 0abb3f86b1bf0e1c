import { DaemonAddressReader } from "../../../cli/run/daemon_address.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("DaemonAddressReader learns from the log where a daemon publishes and is controlled", async () => {
  const reader = new DaemonAddressReader();
  for (
    const line of [
      "receiving on udp://0.0.0.0:2009 (recvmmsg)",
      "control on http://127.0.0.1:8642",
      "publishing run 7 on tcp://10.0.0.1:5555 (event) and tcp://*:9004 (event)",
    ]
  ) reader.read(line);
  assertEquals(await reader.known, {
    endpoint: "tcp://10.0.0.1:5555",
    control: "http://127.0.0.1:8642",
  });
});

Deno.test("DaemonAddressReader turns every address of a host into one to connect to", async () => {
  for (const host of ["*", "0.0.0.0", "[::]"]) {
    const reader = new DaemonAddressReader();
    reader.read(`publishing run 7 on tcp://${host}:9004 (event)`);
    assertEquals(await reader.known, { endpoint: "tcp://127.0.0.1:9004", control: undefined });
  }
});

Deno.test("DaemonAddressReader takes an endpoint of events before one of readouts", async () => {
  for (
    const [places, endpoint] of [
      ["tcp://10.0.0.1:1 (readout) and tcp://10.0.0.1:2 (event)", "tcp://10.0.0.1:2"],
      ["tcp://10.0.0.1:1 (readout) and ipc:///run/a (event)", "ipc:///run/a"],
      ["tcp://10.0.0.1:1 (readout) and tcp://10.0.0.1:2 (readout)", "tcp://10.0.0.1:1"],
    ]
  ) {
    const reader = new DaemonAddressReader();
    reader.read(`publishing run 7 on ${places}`);
    assertEquals((await reader.known).endpoint, endpoint);
  }
});
