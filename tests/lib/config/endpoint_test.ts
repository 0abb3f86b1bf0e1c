import { parseEndpoint, parseUdpAddress } from "../../../lib/config/endpoint.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("parseUdpAddress() takes a bare port, and a host with a port", () => {
  const parse = (text: string) => parseUdpAddress("--listen", text, "0.0.0.0");
  assertEquals(parse("2010"), { hostname: "0.0.0.0", port: 2010 });
  assertEquals(parse("10.1.2.3:17000"), { hostname: "10.1.2.3", port: 17000 });
  assertEquals(parse("localhost:0"), { hostname: "127.0.0.1", port: 0 });
  for (const text of ["", "x", "70000", "300.1.1.1:5", "host:5", "1.2.3.4", ":", "1.2.3.4:5:6"]) {
    assertThrows(
      () => parse(text),
      ConfigurationError,
      `--listen${text && ` ${text}`}: not an address`,
    );
  }
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
