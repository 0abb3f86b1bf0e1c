import { closeAccount } from "../../../cli/check/account.ts";
import { Problems } from "../../../cli/check/problems.ts";
import { SentReadouts } from "../../../cli/check/sent_readouts.ts";
import { StoredEvents } from "../../../cli/check/stored_events.ts";
import { newDaemonLedger } from "../../../lib/ledger.ts";
import { encodePacket, type ModuleReadout } from "../../../lib/packet.ts";
import { assertEquals } from "../../assert.ts";

const READOUTS_PER_PACKET = 2;

function readout(n: number): ModuleReadout {
  const tPrim = 1_542_000_000_000_000_000n + BigInt(n);
  return { tPrim, tAux: BigInt(n), words: new Uint16Array(64).fill(0x8000 + n) };
}

/** The account of ten packets of which the daemon took seven, and stored what was in them. */
function accountOf({ kernelDropped, unread }: { kernelDropped: number; unread: number }) {
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
  const recorder = { missed: 0, unstored: 0 };
  const { named } = closeAccount(sent, stored, { ledger, slots: [] }, recorder, problems);
  const [dropped, left] = [named?.["packets.kernelDropped"], named?.["packets.unread"]];
  return { named: [dropped, left], problems: problems.told };
}

Deno.test("closeAccount() explains readouts by packets that were dropped or left unread", () => {
  assertEquals(accountOf({ kernelDropped: 3, unread: 0 }), { named: [6, 0], problems: [] });
  assertEquals(accountOf({ kernelDropped: 0, unread: 3 }), { named: [0, 6], problems: [] });
  assertEquals(accountOf({ kernelDropped: 1, unread: 2 }), { named: [2, 4], problems: [] });
});

Deno.test("closeAccount() names what neither explains", () => {
  assertEquals(accountOf({ kernelDropped: 1, unread: 1 }), {
    named: [4, 2],
    problems: [
      "10 datagrams were sent, but 7 received, 1 dropped by the kernel and 1 left unread",
      "4 sent readouts were not decoded, but the kernel dropped 1 packets",
    ],
  });
});
