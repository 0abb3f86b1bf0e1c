import { closeAccount } from "../../../../cli/commands/check/account.ts";
import { Problems } from "../../../../cli/commands/check/problems.ts";
import { SentReadouts } from "../../../../cli/commands/check/sent_readouts.ts";
import { StoredEvents } from "../../../../cli/commands/check/stored_events.ts";
import { type DaemonLedger, newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { encodePacket, type ModuleReadout } from "../../../../lib/wire/packet.ts";
import { assertEquals } from "../../../assert.ts";

const READOUTS_PER_PACKET = 2;

function readout(n: number): ModuleReadout {
  const tPrim = 1_542_000_000_000_000_000n + BigInt(n);
  return { tPrim, tAux: BigInt(n), words: new Uint16Array(64).fill(0x8000 + n) };
}

/** The account of ten packets of which the daemon took seven, and stored what was in them. */
function accountOf(
  { kernelDropped, unread, change = () => {} }: {
    kernelDropped: number;
    unread: number;
    /** What the daemon says instead. */
    change?: (ledger: DaemonLedger) => void;
  },
) {
  const sent = new SentReadouts("big");
  for (let packet = 0; packet < 10; packet++) {
    const made = encodePacket([readout(2 * packet), readout(2 * packet + 1)]);
    sent.add({ slot: 0, made, datagrams: [made] });
  }
  const problems = new Problems();
  const stored = new StoredEvents(sent, problems);
  const events = 7 * READOUTS_PER_PACKET;
  stored.readouts[0] = events;
  stored.runs.push({ run: 1n, epoch: 0, events, first: 1n, last: BigInt(events) });
  const ledger = newDaemonLedger();
  Object.assign(ledger.packets, { received: 7, accepted: 7, kernelDropped, unread });
  Object.assign(ledger.readouts, { decoded: events, placed: events });
  Object.assign(ledger.events, { built: events, complete: events, published: events });
  change(ledger);
  const recorder = { missed: 0, unstored: 0 };
  const account = closeAccount(sent, stored, { ledger, slots: [] }, recorder, problems);
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
