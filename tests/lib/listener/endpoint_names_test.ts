import { EndpointNames } from "../../../lib/listener/endpoint_names.ts";
import { assertEquals } from "../../assert.ts";

const never = () => false;

Deno.test("EndpointNames takes each name for that of the only endpoint", () => {
  const names = new EndpointNames(["tcp://camera:5555"]);
  assertEquals(names.of("tcp://10.0.0.7:5555", never), ["tcp://camera:5555"]);
});

Deno.test("EndpointNames knows an endpoint as it was given, and by its port", () => {
  const names = new EndpointNames(["tcp://one:5555", "tcp://two:5556", "tcp://10.0.0.7:5556"]);
  assertEquals(names.of("tcp://one:5555", never), ["tcp://one:5555"]);
  assertEquals(names.of("tcp://10.0.0.8:5556", never), ["tcp://two:5556"]);
  assertEquals(names.of("tcp://10.0.0.7:5556", never), ["tcp://10.0.0.7:5556"]);
});

Deno.test("EndpointNames learns the address of the one that was lost, where ports are the same", () => {
  const names = new EndpointNames(["tcp://one:5555", "tcp://two:5555"]);
  const all = (address: string, ...lost: string[]) =>
    names.of(address, (endpoint) => lost.includes(endpoint));
  // Nobody knows yet: whatever was lost may be meant.
  assertEquals(all("tcp://10.0.0.2:5555"), ["tcp://10.0.0.2:5555"]);
  assertEquals(
    all("tcp://10.0.0.2:5555", "tcp://one:5555", "tcp://two:5555"),
    ["tcp://10.0.0.2:5555", "tcp://one:5555", "tcp://two:5555"],
  );
  assertEquals(all("tcp://10.0.0.2:5555", "tcp://two:5555"), ["tcp://two:5555"]);
  assertEquals(all("tcp://10.0.0.2:5555"), ["tcp://two:5555"]);
});
