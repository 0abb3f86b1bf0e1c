import { TokenBrake } from "../../../lib/http/token_brake.ts";
import { StageLog } from "../../../lib/notice.ts";
import { assertEquals, assertLess } from "../../assert.ts";
import { logTo } from "../../log_lines.ts";

function brake() {
  const lines: string[] = [];
  return { lines, brake: new TokenBrake(new StageLog("http", logTo(lines))) };
}

Deno.test("TokenBrake slows an address down more with each wrong token, and no other address", () => {
  const { brake: { refusalDelayMs }, brake: one } = brake();
  const wrong = (address: string) => refusalDelayMs.call(one, address, 0);
  assertEquals(Array.from({ length: 8 }, () => wrong("10.0.0.1")), [
    ...[50, 100, 200, 400, 800, 1600, 2000, 2000],
  ]);
  assertEquals(wrong("10.0.0.2"), 50);
  assertEquals(one.wrong, 9);
});

Deno.test("TokenBrake checks no token late before there were many wrong ones of its address", () => {
  const { brake: one } = brake();
  for (let count = 0; count < 15; count++) one.refusalDelayMs("10.0.0.1", 0);
  assertEquals(one.checkDelayMs("10.0.0.1", 0), 0);
  one.refusalDelayMs("10.0.0.1", 0);
  assertEquals([one.checkDelayMs("10.0.0.1", 0), one.checkDelayMs("10.0.0.2", 0)], [100, 0]);
});

Deno.test("TokenBrake forgets an address after a minute without a wrong token", () => {
  const { brake: one } = brake();
  for (let count = 0; count < 20; count++) one.refusalDelayMs("10.0.0.1", count * 50_000);
  const lastMs = 19 * 50_000;
  assertEquals(one.refusalDelayMs("10.0.0.1", lastMs + 59_999), 2000);
  assertEquals(one.checkDelayMs("10.0.0.1", lastMs + 59_999 + 60_000), 0);
  assertEquals(one.refusalDelayMs("10.0.0.1", lastMs + 59_999 + 60_000), 50);
});

Deno.test("TokenBrake keeps the addresses of the latest wrong tokens, 1024 of them", () => {
  const { brake: one } = brake();
  for (let count = 0; count < 5; count++) one.refusalDelayMs("10.0.0.1", 0);
  for (let host = 0; host < 1023; host++) one.refusalDelayMs(`host ${host}`, 1);
  assertEquals(one.refusalDelayMs("10.0.0.1", 2), 1600);
  for (let host = 0; host < 5000; host++) {
    one.refusalDelayMs(`other ${host}`, 3);
    assertLess(one.addresses, 1025);
  }
  assertEquals(one.refusalDelayMs("10.0.0.1", 4), 50);
});

Deno.test("TokenBrake has one line a minute, with the address and the number", () => {
  const { brake: one, lines } = brake();
  for (let count = 0; count < 1000; count++) one.refusalDelayMs("10.0.0.1", count);
  one.refusalDelayMs("10.0.0.2", 30_000);
  one.refusalDelayMs("10.0.0.1", 60_000);
  assertEquals(lines, [
    "10.0.0.1 sent a wrong token",
    "10.0.0.1 sent a wrong token, its number 1001; " +
    "1001 wrong ones from all addresses since the last such line",
  ]);
});
