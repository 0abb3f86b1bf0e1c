import { brokenIdentities, newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { EventIntake } from "../../../lib/listener/event_intake.ts";
import { EventSequence } from "../../../lib/listener/event_sequence.ts";
import type { CameraEvent } from "../../../lib/wire/event.ts";
import { assertEquals } from "../../assert.ts";
import { fc } from "../../property.ts";
import { upTo } from "../../up_to.ts";
import { makeEvent } from "../make_event.ts";

const FAR = 1_000_000_000;

/** An intake that keeps what it goes on with, as `run.number`. */
function startIntake() {
  const ledger = newRecorderLedger();
  const intake = new EventIntake(new EventSequence(), ledger);
  const gone: string[] = [];
  let nowMs = 0;
  const goOn = (events: readonly CameraEvent[]) => {
    for (const event of events) {
      if (!intake.isNew(event)) continue;
      gone.push(`${event.run}.${event.number}`);
      ledger.recorder.stored++;
    }
  };
  return {
    ledger,
    gone,
    hear: (...numbers: number[]) =>
      numbers.forEach((number) => goOn(intake.read(makeEvent(number, 7).bytes, nowMs))),
    hearOf: (run: number, number: number) => goOn(intake.read(makeEvent(number, run).bytes, nowMs)),
    /** Lets time pass. */
    wait(durationMs: number) {
      nowMs += durationMs;
      goOn(intake.release(nowMs));
    },
    end() {
      goOn(intake.release(Infinity));
      intake.refuseHeld();
    },
  };
}

const named = (...numbers: number[]) => numbers.map((number) => `7.${number}`);

Deno.test("a foreign number far ahead costs no event of the run, and is refused", () => {
  const { hear, end, gone, ledger } = startIntake();
  hear(...upTo(10), 10 + FAR, ...upTo(100).slice(10));
  end();
  assertEquals(gone, named(...upTo(100)));
  assertEquals([ledger.refused.number, ledger.recorder.duplicate, ledger.recorder.missed], [
    1,
    0,
    0,
  ]);
  assertEquals(brokenIdentities(ledger), []);
});

Deno.test("a foreign number that comes first costs no event of the run", () => {
  const { hear, end, gone, ledger } = startIntake();
  hear(FAR, ...upTo(100).slice(49));
  end();
  assertEquals(gone, named(...upTo(100).slice(49)));
  assertEquals([ledger.refused.number, ledger.recorder.missed], [1, 0]);
});

Deno.test("an event beyond a gap is gone on with when the next one comes", () => {
  const { hear, gone, ledger } = startIntake();
  hear(1, 2, 5000);
  assertEquals(gone, named(1, 2));
  hear(5001);
  assertEquals(gone, named(1, 2, 5000, 5001));
  assertEquals(ledger.recorder.missed, 4997);
});

Deno.test("an event beyond a gap is gone on with when nothing of its run follows for 5 s", () => {
  const { hear, hearOf, wait, gone } = startIntake();
  hear(1, 4);
  wait(4900);
  hearOf(8, 1);
  assertEquals(gone, [...named(1), "8.1"]);
  wait(200);
  assertEquals(gone, [...named(1), "8.1", ...named(4)]);
});

Deno.test("a foreign number is not believed in the pause between two packets of the camera", () => {
  const { hear, wait, end, gone, ledger } = startIntake();
  for (let second = 0; second < 6; second++) {
    hear(...upTo(10 * second + 10).slice(10 * second));
    hear(FAR + second);
    wait(1000);
  }
  wait(10_000);
  end();
  assertEquals(gone.slice(0, 60), named(...upTo(60)));
  assertEquals([ledger.recorder.duplicate, ledger.recorder.heard], [0, gone.length]);
});

Deno.test("an event that overtook others takes its place among them", () => {
  const { hear, gone, ledger } = startIntake();
  hear(1, 4, 2, 3, 5);
  assertEquals(gone, named(1, 2, 3, 4, 5));
  assertEquals([ledger.refused.number, ledger.recorder.missed], [0, 0]);
});

Deno.test("however many foreign numbers come, each event of the run is gone on with once, in order", () => {
  const number = fc.integer({ min: 2000, max: 2 ** 31 });
  const foreign = fc.array(fc.record({ after: fc.nat({ max: 99 }), number }), { maxLength: 60 });
  fc.assert(
    fc.property(foreign, (strangers) => {
      const { hear, end, gone, ledger } = startIntake();
      let messages = 0;
      for (const next of upTo(100)) {
        hear(next);
        // One alone between two events of the run: two that agree would be believed.
        const stranger = strangers.find(({ after }) => after === next);
        if (stranger !== undefined) hear(stranger.number);
        messages += stranger === undefined ? 1 : 2;
      }
      end();
      const below = gone.filter((name) => Number(name.slice(2)) <= 100);
      assertEquals(below, named(...upTo(100)));
      assertEquals(ledger.recorder.heard + ledger.refused.number, messages);
      assertEquals(brokenIdentities(ledger), []);
    }),
    { numRuns: 200 },
  );
});

Deno.test("events of more than 32 runs are not held: the one held for longest is refused", () => {
  const { hearOf, wait, gone, ledger } = startIntake();
  hearOf(1, 1);
  for (let run = 100; run < 132; run++) hearOf(run, 50);
  assertEquals([gone, ledger.refused.number], [["1.1"], 0]);
  hearOf(132, 50);
  assertEquals(ledger.refused.number, 1);
  wait(5000);
  assertEquals(gone, ["1.1", ...upTo(32).map((index) => `${100 + index}.50`)]);
});
