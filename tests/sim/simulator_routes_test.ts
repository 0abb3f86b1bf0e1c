import { adviceOn } from "../../cli/terminal/advice.ts";
import { ControlServer } from "../../lib/http/server.ts";
import { fromJson } from "../../lib/text/json.ts";
import { Simulator } from "../../sim/simulator.ts";
import type { SimulatorOptions } from "../../sim/simulator_options.ts";
import { simulatorRoutes } from "../../sim/simulator_routes.ts";
import { SimulatorStatusSource } from "../../sim/simulator_status.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { RecordingTransport } from "./recording_transport.ts";

/** The control port of a simulator of two modules. */
function controlPort(options: SimulatorOptions = {}) {
  const { transport } = new RecordingTransport();
  const source = new SimulatorStatusSource(new Simulator({ modules: 2, transport, ...options }));
  const server = ControlServer.start({
    address: { hostname: "127.0.0.1", port: 0 },
    routes: simulatorRoutes(source, adviceOn),
  });
  const ask = async (method: string, path: string) => {
    const answer = await fetch(server.url + path, { method });
    return { code: answer.status, text: (await answer.text()).trimEnd() };
  };
  return {
    ask,
    /** The states of the modules, the rate, and whether faults are made. */
    async command(path: string): Promise<string> {
      const { code, text } = await ask("POST", path);
      assertEquals(code, 200, text);
      const { slots, rate, faultsActive } = fromJson(text) as {
        slots: { state: string }[];
        rate: number;
        faultsActive: boolean | null;
      };
      return `${slots.map(({ state }) => state).join(" ")}, ${rate} Hz, faults ${faultsActive}`;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      source[Symbol.dispose]();
    },
  };
}

Deno.test("a simulator's control port takes commands, and answers with what it does then", async () => {
  await using port = controlPort({ faults: { loss: 0.5 } });
  const { command } = port;
  assertEquals(await port.ask("GET", "/healthz"), { code: 200, text: "ok" });
  assertEquals(await command("/pause?slot=1"), "sending paused, 10 Hz, faults true");
  assertEquals(await command("/pause"), "paused paused, 10 Hz, faults true");
  assertEquals(await command("/resume?slot=0"), "sending paused, 10 Hz, faults true");
  assertEquals(await command("/rate?hz=12.5"), "sending paused, 12.5 Hz, faults true");
  assertEquals(await command("/faults?active=false"), "sending paused, 12.5 Hz, faults false");
  assertEquals(await command("/faults?active=true"), "sending paused, 12.5 Hz, faults true");
});

Deno.test("a simulator's control port refuses what is no slot, rate or answer, and says so", async () => {
  await using port = controlPort();
  const cases: [string, RegExp][] = [
    ...["2", "x", "-1", "1.5", "", "100"].map((slot): [string, RegExp] => [
      `/pause?slot=${slot}`,
      /slot/,
    ]),
    ["/resume?slot=2", /slot/],
    ...["", "?hz=", "?hz=0", "?hz=-5", "?hz=1e3", "?hz=fast"].map((query): [string, RegExp] => [
      `/rate${query}`,
      /rate/,
    ]),
    ["/faults", /active is null.*true or false/],
    ["/faults?active=yes", /active is yes.*true or false/],
    // With the flags that would have made some.
    ["/faults?active=true", /started without faults.*--/],
  ];
  for (const [path, reason] of cases) {
    const { code, text } = await port.ask("POST", path);
    assertEquals(code, 400, path);
    assertMatch(text, reason, path);
  }
  assertEquals(await port.command("/resume"), "sending sending, 10 Hz, faults null");
});
