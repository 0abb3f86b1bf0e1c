import { closeAccount, type SlotAccount } from "../../../../cli/commands/check/account.ts";
import { Problems } from "../../../../cli/commands/check/problems.ts";
import { ReadoutComparison } from "../../../../cli/commands/check/readout_comparison.ts";
import { RowProblems } from "../../../../cli/commands/check/row_problems.ts";
import { SentReadouts } from "../../../../cli/commands/check/sent_readouts.ts";
import { StoredEvents } from "../../../../cli/commands/check/stored_events.ts";
import { type DaemonLedger, newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { encodePacket, type ModuleReadout } from "../../../../lib/wire/packet.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";
import { only } from "../../../elements.ts";

const READOUTS_PER_PACKET = 2;

function readout(n: number): ModuleReadout {
  const tPrim = 1_542_000_000_000_000_000n + BigInt(n);
  return { tPrim, tAux: BigInt(n), words: new Uint16Array(64).fill(0x8000 + n) };
}

/** The account of ten packets of which the daemon took seven, and stored what was in them. */
function accountOf(
  { kernelDropped, unread, slots = [], cutToBytes, change = () => {} }: {
    kernelDropped: number;
    unread: number;
    slots?: readonly SlotAccount[];
    /** To what the last packet was cut. */
    cutToBytes?: number;
    /** What the daemon says instead. */
    change?: (ledger: DaemonLedger) => void;
  },
) {
  using comparison = new ReadoutComparison(20);
  const sent = new SentReadouts("big", comparison);
  for (let packet = 0; packet < 10; packet++) {
    const made = encodePacket([readout(2 * packet), readout(2 * packet + 1)]);
    const datagram = packet === 9 ? made.subarray(0, cutToBytes) : made;
    sent.add({ slot: 0, made, datagrams: [datagram] });
  }
  const problems = new Problems();
  const stored = new StoredEvents(comparison, new RowProblems());
  const events = 7 * READOUTS_PER_PACKET;
  stored.readouts[0] = events;
  stored.runs.push({ run: 1n, epoch: 0, events, first: 1n, last: BigInt(events) });
  const ledger = newDaemonLedger();
  Object.assign(ledger.packets, { received: 7, accepted: 7, kernelDropped, unread });
  Object.assign(ledger.readouts, { decoded: events, placed: events });
  Object.assign(ledger.events, { built: events, complete: events, published: events });
  change(ledger);
  const recorder = { missed: 0, unstored: 0 };
  const account = closeAccount(sent, stored, { ledger, slots }, recorder, problems);
  const { named } = account;
  const [dropped, left] = [named?.["packets.kernelDropped"], named?.["packets.unread"]];
  return { named: [dropped, left], problems: problems.texts, account };
}

/** What is named, without the rest. */
function namedOf(lost: { kernelDropped: number; unread: number }) {
  const { named, problems } = accountOf(lost);
  return { named, problems };
}

Deno.test("closeAccount() explains readouts by packets that were dropped or left unread", () => {
  assertEquals(namedOf({ kernelDropped: 3, unread: 0 }), { named: [6, 0], problems: [] });
  assertEquals(namedOf({ kernelDropped: 0, unread: 3 }), { named: [0, 6], problems: [] });
  assertEquals(namedOf({ kernelDropped: 1, unread: 2 }), { named: [2, 4], problems: [] });
});

Deno.test("closeAccount() names what neither explains", () => {
  assertEquals(namedOf({ kernelDropped: 1, unread: 1 }), {
    named: [2, 2],
    problems: [
      "10 datagrams were sent; received: 7, dropped by the kernel: 1, not read: 1",
      "2 readouts were sent but not decoded, and no counter explains them",
    ],
  });
});

/** All numbers that stand under a name. */
function numbersOf(
  { account: { named, eventsNamed, eventsNotStored } }: ReturnType<typeof accountOf>,
) {
  return { ...named, ...eventsNamed, eventsNotStored };
}

const NOTHING = {
  "readouts.late": 0,
  "readouts.duplicate": 0,
  "packets.kernelDropped": 0,
  "packets.unread": 0,
  "events not stored": 0,
  "recorder.missed": 0,
  "recorder.unstored": 0,
  "events.paused or unsent": 0,
  eventsNotStored: 0,
};

Deno.test("closeAccount() puts nothing under a counter that counted nothing", () => {
  const lost = accountOf({ kernelDropped: 0, unread: 0 });
  assertEquals(numbersOf(lost), NOTHING);
  assertEquals(
    lost.problems.at(-1),
    "6 readouts were sent but not decoded, and no counter explains them",
  );
  const unwritten = accountOf({
    kernelDropped: 3,
    unread: 0,
    change: ({ events }) => events.built = events.complete = events.published = 20,
  });
  assertEquals(numbersOf(unwritten), {
    ...NOTHING,
    "packets.kernelDropped": 6,
    eventsNotStored: 6,
  });
  assertEquals(unwritten.problems, [
    "6 events are in no file, but the recorder counted 0 as missed and 0 as unstored, and the " +
    "daemon 0 as paused or unsent; did the recorder start late without --fill-gaps, or end early?",
  ]);
});

Deno.test("closeAccount() tells what there is too much of in words, and by no number below 0", () => {
  const account = accountOf({
    kernelDropped: 0,
    unread: 0,
    change({ packets, readouts, events }) {
      packets.received = packets.accepted = 10;
      readouts.decoded = 25;
      readouts.placed = 10;
      readouts.late = 15;
      events.built = events.complete = events.published = 10;
    },
  });
  assertEquals(numbersOf(account), { ...NOTHING, "readouts.late": 15 });
  assertEquals(account.problems, [
    "5 more readouts were decoded than sent",
    "the files have 4 more readouts than the daemon placed",
    "4 more events are stored than the daemon built",
  ]);
});

Deno.test("closeAccount() tells that the daemon's own account does not close", () => {
  const { problems } = accountOf({
    kernelDropped: 3,
    unread: 0,
    change: ({ packets }) => packets.accepted = 6,
  });
  assertMatch(only(problems), /account does not close: packets: .*accepted.* \(off by 1\)/);
});

Deno.test("closeAccount() compares malformed packets with what was sent, reason by reason", () => {
  /** One packet too short, and nothing lost; or one that is dropped. */
  const account = (counted: number, { dropped = 0, cutToBytes = 7 } = {}) => {
    const { problems } = accountOf({
      kernelDropped: dropped,
      unread: 0,
      cutToBytes,
      change({ packets, malformed, readouts }) {
        packets.received = 10 - dropped;
        malformed.fractional = packets.malformed = counted;
        packets.accepted = packets.received - counted;
        readouts.decoded = 18;
        readouts.late = 4;
      },
    });
    return problems;
  };
  assertEquals(account(1), []);
  assertMatch(only(account(0)), /^1 .*packets .*fractional.* malformed\.fractional is 0$/);
  assertMatch(only(account(2)), /^1 .*packets .*fractional.* malformed\.fractional is 2$/);
  // It may be the one that was dropped.
  assertEquals(account(0, { dropped: 1 }), []);
  assertMatch(only(account(2, { dropped: 1 })), /malformed\.fractional is 2$/);
});

Deno.test("closeAccount() compares each slot's account, where nothing was lost on the way", () => {
  const slotAccount = (slot: Partial<SlotAccount>, kernelDropped = 0) => {
    const { problems } = accountOf({
      kernelDropped,
      unread: 0,
      slots: [{ slot: 0, decoded: 20, placed: 14, late: 5, duplicate: 1, ...slot }],
      change({ packets, readouts }) {
        packets.received = packets.accepted = 10 - kernelDropped;
        readouts.decoded = 20;
        readouts.late = 5;
        readouts.duplicate = 1;
      },
    });
    return problems;
  };
  assertEquals(slotAccount({}), []);
  assertMatch(only(slotAccount({ decoded: 21, late: 6 })), /^slot 0: 20 .* 21 decoded$/);
  assertMatch(only(slotAccount({ placed: 13, late: 6 })), /^slot 0: 13 .*placed, 14 stored$/);
  assertMatch(
    only(slotAccount({ duplicate: 2 })),
    /^slot 0: decoded\b.* 20, .*placed \+ late \+ duplicate/,
  );
  assertEquals(slotAccount({ decoded: 21, placed: 13 }).length, 3);
  assertEquals(slotAccount({ decoded: 21, placed: 13 }, 1), []);
});
