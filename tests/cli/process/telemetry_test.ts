import { selfCommand } from "../../../cli/process/self.ts";
import { assert, assertEquals } from "../../assert.ts";
import { waitFor } from "../../wait_for.ts";

/** What an exporter of OpenTelemetry sends, by its path, in JSON. */
class Collector implements AsyncDisposable {
  readonly #texts = new Map<string, string>();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      this.#texts.set(pathname, this.of(pathname) + await request.text());
      return new Response();
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  of(path: string): string {
    return this.#texts.get(path) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("without telemetry the console stays empty, whatever the other variables say", async () => {
  const self = selfCommand(["sim", "--target=127.0.0.1:9", "--readouts=1", "--json"]);
  const wanted = { OTEL_DENO: "true", OTEL_DENO_CONSOLE: "replace" };
  const others: Record<string, string>[] = [
    { ...wanted, OTEL_SDK_DISABLED: "true" },
    { ...wanted, OTEL_DENO: "false" },
    { ...wanted, OTEL_DENO_CONSOLE: "ignore" },
  ];
  for (const env of others) {
    const { code, stdout } = await new Deno.Command(self.executable, { args: self.args, env })
      .output();
    const summary = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([code, summary.command], [0, "sim"]);
  }
});

Deno.test("with OTEL_DENO=true requests and the log go to a collector of OpenTelemetry", async () => {
  await using collector = new Collector();
  const self = selfCommand([
    ...["daemon", "--config=off", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0"],
    ...["--control", "127.0.0.1:0"],
  ]);
  const daemon = new Deno.Command(self.executable, {
    args: self.args,
    env: {
      OTEL_DENO: "true",
      OTEL_DENO_CONSOLE: "replace",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_SERVICE_NAME: "ssdaq of this test",
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const reading = (async () => {
    for await (const text of daemon.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
  })();
  const printed = new Response(daemon.stdout).text();
  await waitFor("the daemon", () => /publishing run/.test(stderr), 20_000);
  const [, control] = /control on (\S+)/.exec(stderr) ?? [];
  assertEquals((await fetch(`${control}/healthz`)).status, 200);
  daemon.kill("SIGINT");
  const [{ code }, stdout] = await Promise.all([daemon.status, printed, reading]);
  assertEquals(code, 0, stderr);
  // What was gathered is sent at the end, at the latest.
  assert(collector.of("/v1/traces").includes("/healthz"), collector.of("/v1/traces"));
  assert(collector.of("/v1/traces").includes("ssdaq of this test"));
  assert(/publishing run \d+ on/.test(collector.of("/v1/logs")), collector.of("/v1/logs"));
  assert(/ssdaq\.acquisition|\\"category\\":\\"ssdaq\\"/.test(collector.of("/v1/logs")));
  // On stdout is the summary alone, and each line of the log is once on stderr.
  assertEquals(stdout.includes("publishing"), false, stdout);
  assertEquals(stderr.match(/publishing run/g)?.length, 1, stderr);
});
