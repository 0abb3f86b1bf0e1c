import { assert, assertEquals, assertLess } from "../../assert.ts";

/** Prints how many connections were found, and the shortest time of 20 looks in ms. */
const LOOK = `
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  const accepted = await listener.accept();
  using connections = Connections.open();
  let found = 0;
  const times = Array.from({ length: 20 }, () => {
    const startMs = performance.now();
    found = connections.list((local) => local === port).length;
    return performance.now() - startMs;
  });
  console.log(found, Math.min(...times));
  for (const each of [client, accepted, listener]) each.close();
`;

Deno.test({
  name: "Connections looks only at open descriptors when the process may have few of them",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const module = import.meta.resolve("../../../lib/linux/connections.ts");
    const code = `import { Connections } from ${JSON.stringify(module)};` + LOOK;
    const { stdout } = await new Deno.Command("prlimit", {
      args: ["--nofile=256:256", Deno.execPath(), "eval", "--no-check", code],
      env: { NO_COLOR: "1" },
    }).output();
    const [found, shortestMs] = new TextDecoder().decode(stdout).split(" ").map(Number);
    assertEquals(found, 1);
    assert(shortestMs !== undefined);
    // To look at 65 536 descriptors takes 20 ms.
    assertLess(shortestMs, 5);
  },
});
