import { heldEvents, moveWindow } from "../../../lib/publisher/held_events.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("heldEvents() counts an event that several subscribers lack once", () => {
  assertEquals(heldEvents([]), 0);
  assertEquals(heldEvents([{ from: 3, to: 10 }]), 7);
  assertEquals(heldEvents([{ from: 5, to: 10 }, { from: 0, to: 7 }, { from: 6, to: 8 }]), 10);
  assertEquals(heldEvents([{ from: 20, to: 30 }, { from: 0, to: 7 }]), 17);
  assertEquals(heldEvents([{ from: 9, to: 9 }, { from: 2, to: 2 }]), 0);
});

Deno.test("moveWindow() follows a subscriber that reads, and stays with one that does not", () => {
  const window = { from: 0, to: 0 };
  const move = (taken: number, previouslySent: number, sent: number) => {
    moveWindow(window, { taken, previouslySent, sent, maxEvents: 10 });
    return [window.from, window.to];
  };
  assertEquals(move(0, 0, 4), [0, 4]);
  assertEquals(move(3, 4, 6), [3, 6]);
  // Its queue is full at 13: the others are not kept for it.
  assertEquals(move(0, 6, 50), [3, 13]);
  assertEquals(move(0, 50, 60), [3, 13]);
  // It reads again, and has room for the newest.
  assertEquals(move(9, 60, 61), [51, 61]);
  // It cannot have taken more than there was.
  assertEquals(move(99, 61, 61), [61, 61]);
});
