import {
  parseSnmp,
  parseSockets,
  parseSoftnetDrops,
} from "../../../../cli/commands/doctor/proc_net.ts";
import { assertEquals } from "../../../assert.ts";

// By hand, as proc(5) has them: addresses are u32 in the host's order, of which the first byte shown
// is the last of the address; ports are hexadecimal.
const UDP = `\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 65001FAC:07D9 00000000:0000 07 00000000:00002A00 00:00000000 00000000     0        0 4711 2 0000000000000000 12
 1200: 00000000:0035 0100007F:D431 01 00000000:00000000 00:00000000 00000000   993        0 9 2 0000000000000000 0
`;

const UDP6 = `\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  25: 000000FD000000000000000001010000:07D9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2 0000000000000000 3
  26: 0000000000000000FFFF00000100007F:2192 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 78 2 0000000000000000 0
`;

const TCP = `\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 6500007F:15B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 815 1 0000000000000000 100 0 0 10 0                       
   1: 0100007F:9C40 0100007F:15B3 01 00000000:00000000 00:00000000 00000000     0        0 816 1 0000000000000000 20 4 30 10 -1                      
`;

Deno.test("UDP sockets of IPv4 are read, with what each dropped", () => {
  assertEquals(parseSockets(UDP), [
    { address: "172.31.0.101", port: 2009, state: 7, inode: 4711, drops: 12 },
    { address: "0.0.0.0", port: 53, state: 1, inode: 9, drops: 0 },
  ]);
});

Deno.test("UDP sockets of IPv6 are read, those that are IPv4 as such", () => {
  assertEquals(parseSockets(UDP6), [
    { address: "fd00::101", port: 2009, state: 7, inode: 77, drops: 3 },
    { address: "127.0.0.1", port: 8594, state: 7, inode: 78, drops: 0 },
  ]);
});

Deno.test("TCP sockets are read, and know of no drops", () => {
  assertEquals(parseSockets(TCP), [
    { address: "127.0.0.101", port: 5555, state: 10, inode: 815, drops: undefined },
    { address: "127.0.0.1", port: 40000, state: 1, inode: 816, drops: undefined },
  ]);
});

Deno.test("a table without sockets has none", () => {
  assertEquals(parseSockets(UDP.split("\n")[0] + "\n"), []);
});

Deno.test("counters of a protocol are read by their names, not those of another", () => {
  const snmp = "Tcp: ActiveOpens InErrs\nTcp: 5 6\n" +
    "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1000 2 17 900 12\n" +
    "UdpLite: InDatagrams InErrors\nUdpLite: 8 9\n";
  assertEquals(parseSnmp(snmp, "Udp"), {
    ...{ InDatagrams: 1000, NoPorts: 2, InErrors: 17, OutDatagrams: 900, RcvbufErrors: 12 },
  });
  assertEquals(parseSnmp("Tcp: ActiveOpens\nTcp: 5\n", "Udp"), {});
});

Deno.test("what the processors dropped is added up, from hexadecimal", () => {
  const softnet = "0000a1b2 00000010 00000003 00000000\n0000c3d4 00000002 00000000 00000000\n";
  assertEquals(parseSoftnetDrops(softnet), 18);
});
