import {
  brokenIdentities,
  newRecorderLedger,
  type RecorderLedger,
} from "../../lib/ledger/ledger.ts";
import { EventIntake } from "../../lib/listener/event_intake.ts";
import { EventSequence } from "../../lib/listener/event_sequence.ts";
import { encodeRow, RowBuffer } from "../../lib/recording/table/row.ts";
import {
  type CameraEvent,
  EVENT_BYTES,
  EVENT_OFFSETS,
  ORIGINAL_EVENT_BYTES,
  ORIGINAL_READOUT_BYTES,
  READOUT_MESSAGE_BYTES,
} from "../../lib/wire/event.ts";
import { assert, assertEquals } from "../assert.ts";
import { flipBits } from "../elements.ts";
import { makeEvent } from "../lib/make_event.ts";
import { seeds } from "../property.ts";
import { Dice } from "./dice.ts";

const SIZES = [EVENT_BYTES, ORIGINAL_EVENT_BYTES, READOUT_MESSAGE_BYTES, ORIGINAL_READOUT_BYTES];

/** Mostly of a wrong size; else random bytes, or an event of which some were changed. */
function anyMessage(dice: Dice, number: number): Uint8Array {
  const kind = dice.below(20);
  if (kind > 2) return dice.some(dice.below(20_000));
  if (kind > 1) return dice.some(dice.pick(SIZES));
  const { bytes } = makeEvent(number, 7);
  for (let flips = dice.below(4); flips > 0; flips--) {
    flipBits(bytes, dice.below(bytes.length), 1 + dice.below(255));
  }
  if (dice.below(4) === 0) bytes.fill(255, EVENT_OFFSETS.number, EVENT_OFFSETS.number + 8);
  return bytes;
}

function counted({ recorder, refused }: RecorderLedger): number {
  return recorder.heard + refused.size + refused.magic + refused.number;
}

for (const seed of seeds(2)) {
  Deno.test(`200 000 messages of any kind raise nothing and are accounted for (seed ${seed})`, () => {
    const dice = new Dice(seed);
    const ledger = newRecorderLedger();
    const intake = new EventIntake(new EventSequence(), ledger);
    const buffer = new RowBuffer(1);
    const store = (event: CameraEvent) => {
      if (!intake.isNew(event)) return;
      encodeRow(event, buffer, 0);
      ledger.recorder.stored++;
    };
    for (let number = 1; number <= 200_000; number++) {
      for (const event of intake.read(anyMessage(dice, number), number)) store(event);
    }
    intake.release(Infinity).forEach(store);
    intake.refuseHeld();
    assertEquals(counted(ledger), 200_000);
    assertEquals(brokenIdentities(ledger), []);
    assert(ledger.refused.number > 0 && ledger.refused.size > 100_000);
    assert(Number.isSafeInteger(ledger.recorder.missed));
  });
}
