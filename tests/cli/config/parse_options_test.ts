import { COMMANDS } from "../../../cli/commands/commands.ts";
import { parseOptions } from "../../../cli/config/parse_options.ts";
import { flag, optional, several, withDefault } from "../../../cli/options/option.ts";
import { duration, integer, text } from "../../../cli/options/value.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const OPTIONS = {
  rate: withDefault(integer(1, 9), "3", { short: "r", help: "" }),
  wait: optional(duration, { help: "" }),
  peer: several(text, "home", { help: "" }),
  force: flag({ help: "" }),
};
const GLOBAL = {
  config: undefined,
  logFile: undefined,
  logFormat: "text" as const,
  logLevel: "info" as const,
  json: false,
  debug: false,
  help: false,
};

const parse = (...args: string[]) => parseOptions("test", OPTIONS, 1, args);

/** The values of a real command. */
function valuesOf(name: string, ...args: string[]): Record<string, unknown> {
  const command = COMMANDS.find((command) => command.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return parseOptions(name, command.options, command.maxOperands, args).values;
}

Deno.test("options that are not given have their defaults", () => {
  assertEquals(parse(), {
    values: { rate: 3, wait: undefined, peer: ["home"], force: false, ...GLOBAL },
    operands: [],
  });
});

Deno.test("options that are given are read by their kinds", () => {
  const args = ["-r", "7", "a", "--wait", "2s", "--peer", "x", "--peer=y", "--force", "--json"];
  assertEquals(parse(...args), {
    values: { rate: 7, wait: 2000, peer: ["x", "y"], force: true, ...GLOBAL, json: true },
    operands: ["a"],
  });
});

Deno.test("of an option that takes one value the last one counts", () => {
  assertEquals(parse("--rate", "1", "-r", "9").values.rate, 9);
});

Deno.test("a wrong value is named by its option, however it was written", () => {
  for (const args of [["-r", "x"], ["--rate", "x"], ["--rate=x"]]) {
    assertThrows(() => parse(...args), ConfigurationError, "--rate x: give a whole number");
  }
  assertThrows(() => parse("--rate=-5"), ConfigurationError, "--rate -5: give a whole number");
});

Deno.test("one operand too many is named", () => {
  assertThrows(
    () => parse("a", "b", "c"),
    ConfigurationError,
    "test: unexpected argument b; see ssdaq test --help",
  );
});

Deno.test("daemon takes bare ports, by letter and by name", () => {
  const { listen, publish } = valuesOf("daemon", "-l", "2010", "-p", "5556", "-p", "tcp://*:9004");
  const host = Deno.build.os === "linux" ? "127.0.0.101" : "127.0.0.1";
  assertEquals(listen, { hostname: "0.0.0.0", port: 2010 });
  assertEquals(publish, [{ endpoint: `tcp://${host}:5556` }, { endpoint: "tcp://*:9004" }]);
  const named = valuesOf("daemon", "--listen=10.0.0.1:2010", "--publish=10.0.0.1:7");
  assertEquals(named.listen, { hostname: "10.0.0.1", port: 2010 });
  assertEquals(named.publish, [{ endpoint: "tcp://10.0.0.1:7" }]);
});

Deno.test("record and listen take their endpoints by letter", () => {
  for (const name of ["record", "listen"]) {
    const { endpoint } = valuesOf(name, "-e", "10.0.0.1:7", "-e", "tcp://daq:8");
    assertEquals(endpoint, ["tcp://10.0.0.1:7", "tcp://daq:8"]);
  }
});

Deno.test("sim, daemon, record and listen have the defaults that the design gives", () => {
  const sim = valuesOf("sim");
  assertEquals([sim.modules, sim.rate, sim.readoutsPerPacket, sim.speed], [32, 10, 10, 1]);
  assertEquals(sim.target, { hostname: "127.0.0.1", port: 2009 });
  assertEquals([sim.firstAddress, sim.byteOrder], ["127.0.0.101", "big"]);
  const daemon = valuesOf("daemon");
  assertEquals(daemon.listen, { hostname: "0.0.0.0", port: 2009 });
  assertEquals([daemon.window, daemon.deadline, daemon.moduleBase], [10, 2000, 1]);
  assertEquals([daemon.format, daemon.byteOrder, daemon.run], ["event", "big", undefined]);
  assertEquals(daemon.module, undefined);
  for (const name of ["record", "listen"]) {
    assertEquals(daemon.publish, [{ endpoint: (valuesOf(name).endpoint as string[])[0] }]);
  }
  assertEquals(valuesOf("record").compression, "gzip:1");
  assertEquals(valuesOf("listen").as, "text");
});

Deno.test("sim takes max for its speed, and says so to any other word", () => {
  assertEquals(valuesOf("sim", "--speed", "max").speed, Infinity);
  assertEquals(valuesOf("sim", "--speed", "0.5").speed, 0.5);
  for (const speed of ["fast", "0", "1e3", "Max", "0x2"]) {
    assertThrows(
      () => valuesOf("sim", "--speed", speed),
      ConfigurationError,
      `--speed ${speed}: give a number above 0, or max`,
    );
  }
});

Deno.test("record takes none and gzip:1 to gzip:9", () => {
  const compressionOf = (text: string) => valuesOf("record", "--compression", text).compression;
  assertEquals(["none", "gzip", "gzip:9"].map(compressionOf), ["none", "gzip:1", "gzip:9"]);
  for (const text of ["gzip:0", "gzip:10", "lzf", "GZIP", "gzip:"]) {
    assertThrows(
      () => compressionOf(text),
      ConfigurationError,
      `--compression ${text}: give none, gzip or gzip:1 to gzip:9`,
    );
  }
});
