import { textAnswer } from "../../../lib/http/answer.ts";
import { controlMemoryBytes } from "../../../lib/http/control_memory.ts";
import { connectionMetrics } from "../../../lib/http/metrics.ts";
import { metricsAnswer } from "../../../lib/http/metrics_answer.ts";
import { ControlServer, type Route, usualConnections } from "../../../lib/http/server.ts";
import { WebSocketDoor } from "../../../lib/http/web_socket_door.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";

const KIB = 1024;

Deno.test("controlMemoryBytes() is the sum of connections, answers and pages", () => {
  const shared = 64 * 256 * KIB;
  assertEquals(controlMemoryBytes([], 10), 10 * 36 * KIB + shared);
  assertEquals(controlMemoryBytes([{ places: 4 }], 10), 10 * 36 * KIB + shared + 4 * 256 * KIB);
  const webSocket = {
    ...{ door: new WebSocketDoor("x"), maxOpen: 16, open: () => {}, refuse: () => undefined },
  };
  assertEquals(
    controlMemoryBytes([{ places: 64, answerBytes: 1000 }, { webSocket }], 0),
    shared + 64_000 + 16 * 256 * KIB,
  );
});

Deno.test("usualConnections() leaves most descriptors for data", () => {
  const usual = usualConnections();
  assert(usual >= 8 && usual <= 256, String(usual));
});

Deno.test("a route tells the connections of its server as metrics", async () => {
  const routes: Route[] = [{
    ...{ method: "GET", path: "/metrics" },
    handle: (_url, _signal, { connections }) => metricsAnswer(connectionMetrics(connections)),
  }, { method: "GET", path: "/x", handle: () => textAnswer(200, "x") }];
  await using server = ControlServer.start({
    ...{ address: { hostname: "127.0.0.1", port: 0 }, maxConnections: 9, routes },
    token: "sixteen-bytes-16",
  });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return await (await fetch(`${server.url}/metrics`, { headers })).text();
  };
  await ask("another-that-is-wrong");
  const told = await ask("sixteen-bytes-16");
  assertMatch(told, /^ssdaq_http_connections 1$/m);
  assertMatch(told, /^ssdaq_http_connections_max 9$/m);
  assertMatch(told, /^ssdaq_http_connections_cut_total\{reason="room"\} 0$/m);
  assertMatch(told, /^ssdaq_http_wrong_tokens_total 1$/m);
});
