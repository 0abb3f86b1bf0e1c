import { type Known, silentSlots, stateOf } from "../../../../lib/view/client/state.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";

const NOW = new Date(2026, 10, 27, 3, 4, 5);

function known(secondsBySlot: Record<number, number>, others = 0.1): Known {
  const seconds = new Float32Array(32).fill(others);
  for (const [slot, age] of Object.entries(secondsBySlot)) seconds[Number(slot)] = age;
  return {
    connected: true,
    heardMs: 20,
    ages: { silentAfterSeconds: 1.7, seconds },
    paused: false,
  };
}

Deno.test("all is good while every module is heard", () => {
  assertEquals(stateOf(known({}), NOW), { level: "good", text: "data arriving" });
});

Deno.test("a module that has never been heard is no silent one", () => {
  assertEquals(stateOf(known({ 3: Infinity }), NOW).level, "good");
});

Deno.test("silent modules are named with the time since when", () => {
  assertEquals(stateOf(known({ 7: 65 }), NOW), {
    level: "bad",
    text: "module 7 silent since 03:03:00",
  });
  const { text } = stateOf(known({ 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2 }), NOW);
  assertMatch(text, /^module 1 silent since 03:04:03, .*module 4 silent since \S+, and 2 more$/);
});

Deno.test("no data at all says since when, or that there never were any", () => {
  assertEquals(stateOf(known({ 5: 5 }, 30), NOW).text, "no data since 03:04:00");
  assertMatch(stateOf(known({}, Infinity), NOW).text, /^no data yet/);
});

Deno.test("a page that is cut off says so, whatever it knew", () => {
  for (const cut of [{ connected: false }, { heardMs: 1600 }]) {
    const { level, text } = stateOf({ ...known({ 7: 65 }), ...cut }, NOW);
    assertEquals(level, "bad");
    assertMatch(text, /^disconnected/);
  }
});

Deno.test("pausing is told, but not above what is bad", () => {
  assertEquals(stateOf({ ...known({}), paused: true }, NOW).level, "warning");
  assertMatch(stateOf({ ...known({ 7: 3 }), paused: true }, NOW).text, /module 7 silent/);
});

Deno.test("silentSlots() is for those who were heard, and are no more", () => {
  const { ages } = known({ 0: 1.6, 1: 1.8, 31: Infinity });
  assertEquals(ages && silentSlots(ages), [1]);
});

Deno.test("a page that has no frame yet waits for the first event", () => {
  const { level, text } = stateOf({ ...known({}), ages: undefined }, NOW);
  assertEquals([level, text], ["warning", "connected, waiting for the first event"]);
});
