import {
  isLocalEndpoint,
  parseControlAddress,
  parseControlUrl,
  parseEndpoint,
  parsePublishEndpoint,
  parseUdpAddress,
} from "../../../cli/options/endpoint.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("parseUdpAddress() takes a bare port, and a host with a port", () => {
  const parse = (text: string) => parseUdpAddress("--listen", text, "0.0.0.0");
  assertEquals(parse("2010"), { hostname: "0.0.0.0", port: 2010 });
  assertEquals(parse("10.1.2.3:17000"), { hostname: "10.1.2.3", port: 17000 });
  assertEquals(parse("localhost:0"), { hostname: "127.0.0.1", port: 0 });
  for (const text of ["x", "70000", "300.1.1.1:5", "host:5", "1.2.3.4", ":", ":5", "1.2.3.4:5:6"]) {
    assertThrows(() => parse(text), ConfigurationError, `--listen ${text}: not an address`);
  }
  assertThrows(() => parse(""), ConfigurationError, "--listen: not an address");
});

Deno.test("parseUdpAddress() takes an IPv6 address in brackets, in any form", () => {
  const parse = (text: string) => parseUdpAddress("--listen", text, "0.0.0.0");
  assertEquals(parse("[::]:2009"), { hostname: "::", port: 2009 });
  assertEquals(parse("[0:0::0001]:0"), { hostname: "::1", port: 0 });
  assertEquals(parse("[FD00::A]:65535"), { hostname: "fd00::a", port: 65535 });
  assertEquals(parse("[::ffff:10.1.2.3]:5"), { hostname: "10.1.2.3", port: 5 });
  for (
    const text of [
      ...["::1:2009", "[::1]", "[::1]2009", "[::1]:", "[::1]:70000", "[]:5", "[1.2.3.4]:5"],
      ...["[::1:2009", "::1]:2009", "[[::1]]:5", "[fe80::1%lo]:5", "[1::2::3]:5", "x[::1]:5"],
    ]
  ) {
    assertThrows(
      () => parse(text),
      ConfigurationError,
      `--listen ${text}: not an address; give PORT or HOST:PORT with an IP address`,
    );
  }
});

Deno.test("parsePublishEndpoint() takes an endpoint with and without a format", () => {
  const parse = (text: string) => parsePublishEndpoint("-p", text);
  assertEquals(parse("tcp://*:9004"), { endpoint: "tcp://*:9004" });
  assertEquals(parse("tcp://*:9004=readout"), { endpoint: "tcp://*:9004", format: "readout" });
  assertEquals(parse("10.0.0.1:7=event"), { endpoint: "tcp://10.0.0.1:7", format: "event" });
  assertEquals(parse("5556=readout"), { endpoint: parseEndpoint("-p", "5556"), format: "readout" });
  assertEquals(parse("ipc:///run/a=b/c"), { endpoint: "ipc:///run/a=b/c" });
  assertEquals(parse("ipc:///run/a=b=event"), { endpoint: "ipc:///run/a=b", format: "event" });
  for (
    const [text, problem] of [
      ["5556=Readout", "Readout is not a format; give ENDPOINT=event or ENDPOINT=readout"],
      ["5556=", "nothing is not a format; give"],
      ["ipc:///run/a=b", "b is not a format; give"],
      ["5556=readout=5", "5 is not a format; give"],
    ] as const
  ) {
    assertThrows(() => parse(text), ConfigurationError, `-p ${text}: ${problem}`);
  }
  assertThrows(() => parse("host=event"), ConfigurationError, "not an endpoint; give PORT or tcp");
});

Deno.test("parseEndpoint() takes a bare port, a host with a port, and a whole endpoint", () => {
  const host = Deno.build.os === "linux" ? "127.0.0.101" : "127.0.0.1";
  assertEquals(parseEndpoint("-p", "5556"), `tcp://${host}:5556`);
  assertEquals(parseEndpoint("-p", "10.0.0.1:9004"), "tcp://10.0.0.1:9004");
  assertEquals(parseEndpoint("-p", "tcp://*:9004"), "tcp://*:9004");
  assertEquals(parseEndpoint("-p", "tcp://daq.example:9004"), "tcp://daq.example:9004");
  assertEquals(parseEndpoint("-p", "ipc:///run/ssdaq"), "ipc:///run/ssdaq");
  for (const text of ["", "tcp://", "udp://1.2.3.4:5", "tcp://host", "tcp://host:99999", "a b:1"]) {
    assertThrows(() => parseEndpoint("-p", text), ConfigurationError, "not an endpoint");
  }
});

Deno.test("endpoints take an IPv6 address in brackets, in any form", () => {
  const parse = (text: string) => parseEndpoint("-e", text);
  assertEquals(parse("tcp://[::1]:5555"), "tcp://[::1]:5555");
  assertEquals(parse("[FD00:0::A]:9004"), "tcp://[fd00::a]:9004");
  assertEquals(parse("tcp://[::]:0"), "tcp://[::]:0");
  assertEquals(parse("tcp://[::ffff:10.1.2.3]:5"), "tcp://10.1.2.3:5");
  assertEquals(parsePublishEndpoint("-p", "tcp://[::1]:5555=readout"), {
    endpoint: "tcp://[::1]:5555",
    format: "readout",
  });
  for (
    const text of [
      ...["tcp://::1:5555", "tcp://[::1]", "[::1]5555", "tcp://[::1]:70000", "tcp://[]:5"],
      ...["tcp://[1.2.3.4]:5", "[fe80::1%lo]:5", "tcp://[[::1]]:5", "x[::1]:5", "tcp://[::1]x:5"],
    ]
  ) {
    assertThrows(() => parse(text), ConfigurationError, `-e ${text}: not an endpoint`);
  }
  assertEquals(
    ["tcp://[::1]:5", "tcp://127.0.0.1:5", "tcp://[::]:5", "tcp://[fd00::1]:5", "ipc:///a"]
      .map(isLocalEndpoint),
    [true, true, false, false, true],
  );
});

Deno.test("parseControlAddress() takes an IPv6 address in brackets, and no other text there", () => {
  const parse = (text: string) => parseControlAddress("--control", text);
  assertEquals(parse("[::1]:8642"), { hostname: "::1", port: 8642 });
  for (const text of ["[:::::]:8642", "[1.2.3.4]:5", "[::1]", "::1:8642", "[::g]:1"]) {
    assertThrows(() => parse(text), ConfigurationError, `--control ${text}: not an address`);
  }
});

Deno.test("parseControlUrl() refuses what would be no URL, or another one", () => {
  const parse = (text: string) => parseControlUrl("--control", text);
  assertEquals(parse("daq:8642"), "http://daq:8642");
  assertEquals(parse("http://[::1]:8642/"), "http://[::1]:8642");
  for (
    const text of ["\x1a:9", "a<b:9", "[:::]:9", "a?b:9", "a#b:9", "a@b:9", "a\\b:9", "daq:65536"]
  ) {
    assertThrows(() => parse(text), ConfigurationError, `--control ${text}: not a control port`);
  }
});
