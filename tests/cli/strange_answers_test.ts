import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { DAEMON_STATE, DAEMON_STATUS } from "../../lib/daemon/status_shape.ts";
import { newRecorderLedger } from "../../lib/ledger/ledger.ts";
import { fromJson, toJson } from "../../lib/text/json.ts";
import { readShape, type Shape } from "../../lib/text/shape.ts";
import { liveStatusOf } from "../../lib/view/protocol/live_status.ts";
import { LIVE_STATUS } from "../../lib/view/protocol/live_status_shape.ts";
import { ListenedCamera } from "../../lib/view/source/listened_camera.ts";
import { SIMULATOR_STATUS } from "../../sim/simulator_status_shape.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { makeEvent } from "../lib/make_event.ts";
import { hasPublished, simulate, startDaemon } from "./pipeline.ts";
import { refused } from "./refused.ts";

/** A server that gives one answer to all. */
function serve(answer: string) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(answer);
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "ssdaq" });
    socket.onopen = () => socket.send(answer);
    return response;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Every member and element of a value, by its path. */
function* placesIn(value: unknown, path: string[] = []): Generator<string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* placesIn(member, [...path, name]);
}

/** A copy of a value with something strange at a place. */
function strangeAt(value: unknown, [name, ...rest]: string[]): unknown {
  if (name === undefined) return [{ strange: true }];
  const copy = Array.isArray(value) ? [...value] : { ...value as object };
  Object.assign(copy, { [name]: strangeAt(Reflect.get(copy, name), rest) });
  return copy;
}

function isRefused(told: unknown, shape: Shape<unknown>): boolean {
  try {
    readShape(told, shape);
    return false;
  } catch {
    return true;
  }
}

/** Whatever is strange in an answer is refused; but for members that nobody reads. */
function refusesAllThatIsStrange(told: unknown, shape: Shape<unknown>, unread: RegExp): void {
  let tried = 0;
  for (const path of placesIn(told)) {
    if (unread.test(path.join("."))) continue;
    assert(isRefused(strangeAt(told, path), shape), path.join("."));
    tried++;
  }
  assertGreater(tried, 100);
}

Deno.test("what a daemon and a simulator tell is read by its shape, and nothing strange is", async () => {
  await using running = await startDaemon("--run", "7", "--deadline", "100ms");
  const { control = "" } = running;
  await simulate(running.target, "--readouts", "5", "--speed=max");
  await hasPublished(running, 5);
  const told = fromJson(await (await fetch(`${control}/status`)).text());
  const status = readShape(told, DAEMON_STATUS);
  assertEquals(status.run, 7n);
  assertEquals(status.replay?.runs.map(({ run, from }) => [run, from]), [[7n, 1n]]);
  refusesAllThatIsStrange(told, DAEMON_STATUS, /^configuration\./);

  const live = fromJson(toJson(liveStatusOf(status, [3])));
  assertEquals(readShape(live, LIVE_STATUS), liveStatusOf(status, [3]));
  refusesAllThatIsStrange(live, LIVE_STATUS, /^$/);

  await using sim = new SsdaqProcess([
    ...["sim", "--target", running.target, "--control", "127.0.0.1:0", "--loss", "0.1"],
  ]);
  const [, simulator] = await sim.says(/control on (\S+)/);
  const sent = fromJson(await (await fetch(`${simulator}/status`)).text());
  assertEquals(typeof readShape(sent, SIMULATOR_STATUS).firstTackNs, "bigint");
  refusesAllThatIsStrange(sent, SIMULATOR_STATUS, /^$/);
});

Deno.test("the live view of a listener has small numbers as bigints too", () => {
  using camera = new ListenedCamera({
    ...{ origin: "x", ledger: newRecorderLedger(), replayBytes: 1e6, badPixels: [] },
  });
  camera.push(makeEvent(1, 9), 0);
  const told = fromJson(toJson(camera.status(0)));
  assertEquals(readShape(told, LIVE_STATUS), camera.status(0));
  refusesAllThatIsStrange(told, LIVE_STATUS, /^$/);
});

Deno.test("who answers otherwise than ssdaq does is told in one line", async () => {
  const answers = ["", "[]", "null", "7", '"x"', "{", '{"command":"daemon"}', '{"run":"x"}'];
  for (const answer of answers) {
    await using server = serve(answer);
    const at = ["--control", server.url];
    await refused(1, ["ctl", "status", ...at], "does not answer as an ssdaq daemon does");
    await refused(1, ["ctl", "pause", ...at], "does not answer as an ssdaq daemon does");
    await refused(1, ["ctl", "sim", "status", ...at], "not answer as an ssdaq simulator does");
    await refused(1, ["top", "--once", ...at], "does not answer as an ssdaq daemon does");
  }
});

Deno.test("a daemon's commands are answered in bigints", async () => {
  await using running = await startDaemon("--run", "7");
  const answer = await fetch(`${running.control}/pause`, { method: "POST" });
  assertEquals(readShape(fromJson(await answer.text()), DAEMON_STATE), { run: 7n, paused: true });
});
