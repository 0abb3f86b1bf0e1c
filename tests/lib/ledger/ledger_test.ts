import {
  brokenIdentities,
  COUNTERS,
  IDENTITIES,
  ledgerIn,
  type LedgerSection,
  newDaemonLedger,
  newLedger,
  newRecorderLedger,
} from "../../../lib/ledger/ledger.ts";
import { EVENT_REFUSALS } from "../../../lib/wire/event.ts";
import { PACKET_REFUSALS } from "../../../lib/wire/packet.ts";
import { assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { named } from "../../elements.ts";

/** Every identity, with all the counters that are in it. */
const COUNTERS_OF: Record<string, string[]> = {
  "packets: received = accepted + malformed + unknownSource": [
    "packets.received",
    "packets.accepted",
    "packets.malformed",
    "packets.unknownSource",
  ],
  "packets: malformed = the sum of its reasons": [
    "packets.malformed",
    "malformed.empty",
    "malformed.oversize",
    "malformed.fractional",
    "malformed.byteOrder",
  ],
  "readouts: decoded = placed + late + duplicate": [
    "readouts.decoded",
    "readouts.placed",
    "readouts.late",
    "readouts.duplicate",
  ],
  "events: built = complete + partial": ["events.built", "events.complete", "events.partial"],
  "events: published = built - paused - unsent": [
    "events.published",
    "events.built",
    "events.paused",
    "events.unsent",
  ],
  "recorder: heard + filled = stored + duplicate + unstored": [
    "recorder.heard",
    "recorder.filled",
    "recorder.stored",
    "recorder.duplicate",
    "recorder.unstored",
  ],
};

const SECTIONS = Object.keys(COUNTERS) as LedgerSection[];

/** A counter of a ledger, to be changed. */
interface Counter {
  key: string;
  add(count: number): void;
}

/** All counters of a ledger. */
function countersOf(ledger: Partial<Record<LedgerSection, Record<string, number>>>): Counter[] {
  return Object.entries(ledger).flatMap(([section, counters]) =>
    Object.keys(counters).map((name) => ({
      key: `${section}.${name}`,
      add: (count: number) => counters[name] = named(counters, name) + count,
    }))
  );
}

/** An account that closes: what came in, and where all of it went. */
function balancedLedger() {
  const ledger = newLedger(...SECTIONS);
  Object.assign(ledger.packets, { received: 100, accepted: 83, malformed: 10, unknownSource: 7 });
  Object.assign(ledger.malformed, { empty: 1, oversize: 2, fractional: 3, byteOrder: 4 });
  Object.assign(ledger.readouts, { decoded: 830, placed: 800, late: 19, duplicate: 11 });
  Object.assign(ledger.events, { built: 30, complete: 20, partial: 10, evicted: 2, resets: 1 });
  Object.assign(ledger.events, { published: 24, paused: 5, unsent: 1 });
  Object.assign(ledger.recorder, {
    heard: 25,
    filled: 3,
    stored: 25,
    duplicate: 2,
    unstored: 1,
    missed: 6,
    runs: 1,
  });
  return ledger;
}

Deno.test("new ledgers have every counter of their sections at 0, and balance", () => {
  for (const ledger of [newDaemonLedger(), newRecorderLedger(), newLedger(...SECTIONS)]) {
    for (const [section, counters] of Object.entries(ledger)) {
      assertEquals(Object.keys(counters), Object.keys(COUNTERS[section as LedgerSection]));
      assertEquals(Object.values(counters).filter((count) => count !== 0), []);
    }
    assertEquals(brokenIdentities(ledger), []);
  }
  assertEquals(Object.keys(newDaemonLedger()), ["packets", "malformed", "readouts", "events"]);
  assertEquals(Object.keys(newRecorderLedger()), ["recorder", "refused"]);
});

Deno.test("a ledger in which everything is accounted for balances", () => {
  assertEquals(brokenIdentities(balancedLedger()), []);
});

Deno.test("the identities are these", () => {
  assertEquals(IDENTITIES.map(({ text }) => text), Object.keys(COUNTERS_OF));
});

Deno.test("one more in a counter breaks the identities it is in, and no other", () => {
  const ledger = balancedLedger();
  for (const { key, add } of countersOf(ledger)) {
    add(1);
    const broken = brokenIdentities(ledger).map((text) => text.replace(/ \(off by -?1\)$/, ""));
    const expected = Object.entries(COUNTERS_OF)
      .filter(([, counters]) => counters.includes(key)).map(([text]) => text);
    assertEquals(broken, expected, key);
    add(-1);
  }
});

Deno.test("brokenIdentities() says by how much an identity is off", () => {
  const ledger = balancedLedger();
  ledger.readouts.late += 3;
  assertEquals(brokenIdentities(ledger), [
    "readouts: decoded = placed + late + duplicate (off by -3)",
  ]);
});

Deno.test("brokenIdentities() leaves out what needs a section that is not kept", () => {
  const ledger = newLedger("packets");
  ledger.packets.malformed = 1;
  assertEquals(brokenIdentities(ledger), [
    "packets: received = accepted + malformed + unknownSource (off by -1)",
  ]);
});

Deno.test("every counter is defined in words", () => {
  for (const counters of Object.values(COUNTERS)) {
    for (const words of Object.values(counters)) assertMatch(words, /^\S+ \S+/);
  }
});

Deno.test("every reason to refuse a packet or a message has its counter", () => {
  assertEquals(Object.keys(COUNTERS.malformed), [...PACKET_REFUSALS]);
  assertEquals(Object.keys(COUNTERS.refused), [...EVENT_REFUSALS, "number"]);
});

Deno.test("ledgerIn() reads the account of an older version, and refuses what is none", () => {
  const { unread: _, ...older } = { ...newDaemonLedger().packets, received: 7 };
  const told = { ...newDaemonLedger(), packets: older };
  const { packets } = ledgerIn(told, ["packets"]);
  assertEquals([packets.received, packets.unread], [7, 0]);
  for (const none of [{}, null, 7, { packets: [] }, { packets: null }]) {
    assertThrows(() => ledgerIn(none, ["packets"]), Error, "no section packets");
  }
  const broken = { packets: { ...older, accepted: -1 } };
  assertThrows(() => ledgerIn(broken, ["packets"]), Error, "packets.accepted is not a count");
});
