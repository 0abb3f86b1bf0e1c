import { COMMANDS } from "../../../cli/commands/commands.ts";
import { refuseProblems } from "../../../cli/config/problems.ts";
import { sectionsOf } from "../../../cli/config/section.ts";
import { TomlFile } from "../../../cli/config/toml_file.ts";
import {
  parseControlAddress,
  parseControlUrl,
  parseEndpoint,
  parsePublishEndpoint,
  parseUdpAddress,
} from "../../../cli/options/endpoint.ts";
import { parseModuleAddress } from "../../../cli/options/module_address.ts";
import { parseByteSize } from "../../../cli/options/parse_byte_size.ts";
import { parseDurationMs } from "../../../cli/options/parse_duration.ts";
import { formatIpAddress, parseIpAddress } from "../../../lib/address/ip_address.ts";
import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { fromJson, toJson } from "../../../lib/text/json.ts";
import { packetsOf } from "../../../sim/manifest/manifest_replay.ts";
import { parseManifest } from "../../../sim/manifest/parse_manifest.ts";
import { assert, assertEquals } from "../../assert.ts";
import type { FuzzTarget } from "../engine/fuzz_target.ts";

const SECTIONS = sectionsOf(COMMANDS);
/** A manifest may stand for many packets; these are enough to see that they can be made. */
const MAX_PACKETS = 50;

/** The parsers, by the first byte of the input. */
const PARSERS: ((text: string) => void)[] = [
  (text) => {
    const durationMs = parseDurationMs("--key", text);
    assert(durationMs > 0 && formatDuration(durationMs).length < 400);
  },
  (text) => {
    const bytes = parseByteSize("--key", text);
    assert(Number.isInteger(bytes) && bytes > 0 && formatByteSize(bytes) !== "");
  },
  (text) => {
    const address = parseUdpAddress("--key", text, "127.0.0.1");
    assertPort(address.port);
    assert(parseIpAddress(address.hostname) !== undefined);
  },
  (text) => {
    const address = parseControlAddress("--key", text);
    if (address !== undefined) assertPort(address.port);
  },
  (text) => assert(/^(?:tcp:\/\/.*:\d+$|ipc:\/\/)/s.test(parseEndpoint("--key", text))),
  (text) => assert(parsePublishEndpoint("--key", text).endpoint !== ""),
  (text) => {
    const { href, pathname, search, hash, username } = new URL(parseControlUrl("--key", text));
    assertEquals([pathname, search, hash, username], ["/", "", "", ""], href);
  },
  (text) => {
    const { slot } = parseModuleAddress("--key", text);
    assert(slot >= 0 && slot < 32);
  },
  (text) => {
    const words = parseIpAddress(text);
    if (words === undefined) return;
    assertEquals(parseIpAddress(formatIpAddress(words)), words);
  },
  (text) => {
    const file = new TomlFile("ssdaq.toml", text);
    refuseProblems(file, SECTIONS);
  },
  (text) => {
    const manifest = parseManifest(text);
    let left = MAX_PACKETS;
    for (const _ of packetsOf(manifest)) if (--left === 0) break;
  },
  (text) => {
    let value: unknown;
    try {
      value = fromJson(text);
    } catch (error) {
      assert(error instanceof SyntaxError);
      return;
    }
    // A large number without a fraction is a bigint when it is read again; it is written the same.
    const written = toJson(value);
    assertEquals(toJson(fromJson(written)), written);
  },
];

function assertPort(port: number): void {
  assert(Number.isInteger(port) && port >= 0 && port <= 65535);
}

function run(input: Uint8Array): void {
  const [kind = 0] = input;
  const parser = PARSERS[kind % PARSERS.length];
  try {
    parser?.(new TextDecoder().decode(input.subarray(1)));
  } catch (error) {
    // What is wrong with a text is told to its writer. Anything else is a defect.
    if (!(error instanceof ConfigurationError || error instanceof OperationError)) throw error;
  }
}

const SEEDS = [
  ...["1.5h", "600MiB", "0.0.0.0:2009", "[::1]:8642", "tcp://127.0.0.1:5555"],
  ...["tcp://h:1=readout", "http://h:8642/", "7=10.0.0.7", "fe80::1"],
  '[sim]\nrate = 10\n[record]\n"file" = "a"\nx.y = [1, {z = 2}]\n',
  '{"format":"ssdaq-manifest-1","incomplete":false,"readouts":10,"segments":[{"firstTackNs":1,' +
  '"firstAuxNs":1,"rate":10,"firstReadout":0}],"silences":[],"packets":[],"simulation":' +
  '{"modules":4,"readoutsPerPacket":10,"seed":1}}',
  '{"a":[1,2.5,18446744073709551616,null,true,"x"]}',
];

export const target: FuzzTarget = {
  name: "texts",
  summary: "durations, sizes, addresses, the configuration, manifests, JSON",
  sources: [
    ...["cli/config/toml_file.ts", "cli/config/problems.ts", "cli/options/", "lib/text/"],
    ...["lib/address/", "sim/manifest/parse_manifest.ts", "sim/manifest/manifest_replay.ts"],
    "sim/simulation_options.ts",
  ],
  maxBytes: 2048,
  seeds: () => SEEDS.map((text, kind) => Uint8Array.of(kind, ...new TextEncoder().encode(text))),
  words: SECTIONS.flatMap(({ name }) => [`[${name}]\n`, `[[${name}]]\n`]),
  open: () => Promise.resolve({ run, [Symbol.asyncDispose]: () => Promise.resolve() }),
};
