import { Connection } from "../../../lib/http/connection.ts";
import { Gate, type GateLimits, type Listen } from "../../../lib/http/gate.ts";
import { StageLog } from "../../../lib/notice.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { first, nth } from "../../elements.ts";
import { logTo } from "../../log_lines.ts";
import { waitFor } from "../../wait_for.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** Longer than any test takes. */
const NEVER_MS = 2 ** 30;

/** A gate that keeps what it takes. */
function open(limits: Partial<GateLimits> = {}, listen?: Listen) {
  const lines: string[] = [];
  const taken: Connection[] = [];
  const gate = new Gate({
    address: LOOPBACK,
    limits: {
      ...{ maxConnections: 8, silenceMs: NEVER_MS, stallMs: NEVER_MS, lingerMs: NEVER_MS },
      ...limits,
    },
    onConnection: (connection) => {
      taken.push(connection);
      connection.resume();
    },
    log: new StageLog("http", logTo(lines)),
    pauseMs: 5,
    ...(listen !== undefined && { listen }),
  });
  const clients: Deno.Conn[] = [];
  return {
    gate,
    lines,
    taken,
    async connect(): Promise<Deno.Conn> {
      const client = await Deno.connect({ hostname: "127.0.0.1", port: gate.port });
      clients.push(client);
      return client;
    },
    /** Connects, and waits until the gate has taken it. */
    async enter(): Promise<Connection> {
      const before = taken.length;
      await this.connect();
      await waitFor("a connection", () => taken.length > before);
      return nth(taken, before);
    },
    async [Symbol.asyncDispose]() {
      await gate.close();
      for (const client of clients) client.close();
    },
  };
}

/** Whether a connection is closed: it says nothing more. */
async function ends(client: Deno.Conn): Promise<true> {
  const read = await client.read(new Uint8Array(1)).catch(() => null);
  assertEquals(read, null);
  return true;
}

Deno.test("a full Gate closes who has waited the longest for the new one", async () => {
  await using peer = open();
  for (let count = 0; count < 6; count++) await peer.enter();
  nth(peer.taken, 0).enter("answer", performance.now());
  await peer.enter();
  assertEquals(peer.taken.map(({ destroyed }) => destroyed), [
    ...[false, true, false, false, false, false, false],
  ]);
  assertEquals([peer.gate.connections, peer.gate.cuts.room], [6, 1]);
});

Deno.test("a full Gate closes whoever has not shown a token first", async () => {
  await using peer = open();
  for (let count = 0; count < 6; count++) {
    const connection = await peer.enter();
    connection.isKnown = count !== 4;
  }
  await peer.enter();
  assertEquals(peer.taken.findIndex(({ destroyed }) => destroyed), 4);
});

Deno.test("a full Gate closes the new one if all others are answered, and tells it", async () => {
  await using peer = open();
  for (let count = 0; count < 6; count++) {
    (await peer.enter()).enter(count === 0 ? "page" : "answer", performance.now());
  }
  for (let count = 0; count < 20; count++) assert(await ends(await peer.connect()));
  assertEquals([peer.gate.connections, peer.gate.cuts.address], [6, 20]);
  assertEquals(peer.lines, [
    "127.0.0.1 has 6 connections in use: further ones are closed; are there programs that " +
    "connect and do not stop?",
  ]);
  first(peer.taken).destroy();
  await waitFor("it to be gone", () => peer.gate.connections === 5);
  await peer.enter();
});

Deno.test("a Gate leaves a quarter of its connections to other hosts", async () => {
  const far = "192.0.2.1";
  let address = "127.0.0.1";
  // The kernel makes the connections; whose they are is said here.
  await using peer = open({ maxConnections: 16 }, (at) => {
    const listener = Deno.listen(at);
    const accept = listener.accept.bind(listener);
    listener.accept = async () => {
      const connection = await accept();
      const remoteAddr = { ...connection.remoteAddr, hostname: address };
      Object.defineProperty(connection, "remoteAddr", { value: remoteAddr });
      return connection;
    };
    return listener;
  });
  for (let count = 0; count < 40; count++) await peer.enter();
  assertEquals(peer.gate.connections, 12);
  address = far;
  for (let count = 0; count < 40; count++) {
    // The address is read when the connection is accepted, so one after another.
    await peer.enter();
  }
  const open_ = peer.taken.filter(({ destroyed }) => !destroyed).map(({ group }) => group);
  assertEquals(open_.filter((group) => group === far).length, 4);
  assertEquals(open_.filter((group) => group !== far).length, 12);
});

Deno.test("a Gate closes who is silent, and who does not close after the last answer", async () => {
  await using peer = open({ silenceMs: 40, lingerMs: 40 });
  const silent = await peer.connect();
  assert(await ends(silent));
  assertEquals(peer.gate.cuts.silent, 1);
  const page = await peer.enter();
  page.enter("page", performance.now());
  const said = await peer.enter();
  said.enter("answer", performance.now());
  said.end("bye");
  await waitFor("the end", () => said.destroyed);
  assertEquals([page.destroyed, peer.gate.cuts.lingering], [false, 1]);
});

Deno.test("a Gate closes who does not read, and tells it", async () => {
  await using peer = open({ stallMs: 60 });
  const connection = await peer.enter();
  connection.enter("answer", performance.now());
  // More than the kernel takes for a client.
  connection.write(new Uint8Array(2 ** 26));
  await waitFor("the end", () => connection.destroyed);
  assertEquals(peer.gate.cuts.stalled, 1);
  assertEquals(peer.lines, ["127.0.0.1 does not read what it asked for: it is cut off"]);
});

Deno.test("a Gate goes on with fewer connections when no descriptor is left", async () => {
  let failures = 0;
  await using peer = open({ maxConnections: 16 }, (at) => {
    const listener = Deno.listen(at);
    const accept = listener.accept.bind(listener);
    listener.accept = () => {
      if (failures === 0) return accept();
      failures--;
      return Promise.reject(Object.assign(new Error("Too many open files"), { code: "EMFILE" }));
    };
    return listener;
  });
  for (let count = 0; count < 7; count++) await peer.enter();
  failures = 1;
  // The one that is waited for already.
  await peer.enter();
  await waitFor("the failure", () => peer.gate.connections === 6);
  for (let count = 0; count < 10; count++) await peer.enter();
  assertEquals(peer.gate.connections, 6);
  assertEquals(peer.taken.filter(({ destroyed }) => destroyed).length, 12);
  assertEquals(peer.lines.length, 1);
  assertMatch(
    first(peer.lines),
    /^cannot take a connection: Too many open files; 8 of 16 are open; it goes on trying; raise the limit of open files \(ulimit -n, LimitNOFILE=\)$/,
  );
});

Deno.test("a Gate opens its socket again when that fails for good", async () => {
  const listeners: Deno.TcpListener[] = [];
  await using peer = open({}, (at) => {
    const listener = Deno.listen(at);
    listeners.push(listener);
    return listener;
  });
  await peer.enter();
  first(listeners).close();
  await waitFor("another socket", () => listeners.length === 2);
  assertEquals(nth(listeners, 1).addr.port, peer.gate.port);
  await peer.enter();
  assertMatch(first(peer.lines), /^cannot take a connection: .*; it goes on trying$/);
});

Deno.test("a Gate in a flood of connections lets everything else run", async () => {
  let accepted = 0;
  const limit = 100_000;
  const peer = open({}, (at) => {
    const listener = Deno.listen(at);
    const accept = listener.accept.bind(listener);
    // As if there were always one that waits; to no end, if nothing else had its turn.
    listener.accept = () =>
      ++accepted > limit ? accept() : Promise.resolve(
        {
          remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
          read: () => new Promise(() => {}),
          setNoDelay: () => {},
          close: () => {},
        } as unknown as Deno.TcpConn,
      );
    return listener;
  });
  await using _ = peer;
  await waitFor("some", () => accepted > 100);
  assert(accepted < limit, String(accepted));
  assertEquals(peer.gate.connections, 6);
});

Deno.test("a Connection whose client floods lets everything else run", async () => {
  let reads = 0;
  const limit = 100_000;
  const connection = new Connection(
    {
      remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      // As if there were always more; to no end, if nothing else had its turn.
      read: () => ++reads > limit ? new Promise(() => {}) : Promise.resolve(4096),
      close: () => {},
    } as unknown as Deno.TcpConn,
    "this host",
    0,
  );
  connection.resume();
  await waitFor("some", () => reads > 100);
  assert(reads < limit, String(reads));
  connection.destroy();
});
