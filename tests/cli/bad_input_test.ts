import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { refused } from "./refused.ts";

const COMMANDS = "give sim, daemon, run, ctl, record, listen, view";

Deno.test("ssdaq alone names its commands", () =>
  refused(2, [], `error: no command; ${COMMANDS}`, "see ssdaq --help"));

Deno.test("an unknown command is refused with the nearest, or with all", async () => {
  await refused(2, ["recrod"], "ssdaq has no command recrod; did you mean record?");
  await refused(2, ["frobnicate", "--json"], `ssdaq has no command frobnicate; ${COMMANDS}`);
  await refused(2, ["help", "deamon"], "ssdaq has no command deamon; did you mean daemon?");
  await refused(2, ["--versoin"], "ssdaq has no option --versoin; did you mean --version?");
});

Deno.test("a mistyped option is refused with the one that was meant", async () => {
  await refused(2, ["daemon", "--lisen", "5"], "no option --lisen; did you mean --listen?");
  await refused(2, ["sim", "--readouts-per-paket=5"], "did you mean --readouts-per-packet?");
  await refused(2, ["record", "--elephant"], "no option --elephant; see ssdaq record --help");
});

Deno.test("a wrong value is refused with the option, the value and the fix", async () => {
  await refused(2, ["daemon", "--window", "10"], "--window 10: not a duration", "such as 10ms");
  await refused(2, ["record", "--max-size", "600MIB"], "--max-size 600MIB: not a size", "600MiB");
  await refused(2, ["sim", "--rate=-5"], "--rate -5: give a number above 0");
  await refused(2, ["sim", "--modules", "33"], "--modules 33: give a whole number from 1 to 32");
  await refused(2, ["listen", "--as", "xml"], "--as xml: give one of text, json, csv");
  await refused(2, ["daemon", "-l"], "--listen: needs a value; give --listen [HOST:]PORT");
  await refused(2, ["daemon", "--json=yes"], "--json=yes: takes no value");
});

Deno.test("sim refuses what cannot be simulated", async () => {
  await refused(2, ["sim", "--duration", "1s", "--readouts", "3"], "--duration and --readouts");
  await refused(2, ["sim", "--first-address", "banana"], "banana; give an IP address");
  await refused(2, ["sim", "--target", "127.0.0.1:0"], "port is 0; give a whole number 1..65535");
});

Deno.test("a command refuses operands that it does not take, or lacks", async () => {
  await refused(2, ["daemon", "2010"], "daemon: unexpected argument 2010");
  await refused(2, ["info", "a.h5", "b.h5"], "info: unexpected argument b.h5");
  await refused(2, ["info"], "info: no file");
});

Deno.test("--debug shows where an error came from, and changes nothing else", async () => {
  const args = ["sim", "--rate", "fast", "--debug"];
  const { code, stdout, stderr } = await SsdaqProcess.run(...args);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^error: --rate fast: give a number above 0\n/);
  assertMatch(stderr, /\n {4}at .*option\.ts/);
});

Deno.test("--help is given even when an option beside it is wrong", async () => {
  const { code, stdout, stderr } = await SsdaqProcess.run("sim", "--rate", "fast", "--help");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^ssdaq sim \[options\]\n/);
});
