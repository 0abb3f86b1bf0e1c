import { MAX_PACKET_BYTES } from "../wire/packet.ts";
import { V4_MAPPED } from "../address/ip_address.ts";

/** Packets a new ring holds: a power of two, so that a slot is a mask away from a count. */
const CAPACITY = 2048;

/** Memory a packet has: more than the longest, so that a longer one is known by its length. */
export const SLOT_BYTES = MAX_PACKET_BYTES + 216;

/** Places of what is known of a packet, as u32 each: its source has four. */
const SOURCE = 0;
const LENGTH = 4;
const SECONDS = 5;
const NANOSECONDS = 6;
const HEADER_WORDS = 8;

/** Places of the control words; each is read and written with Atomics. */
const HEAD = 0;
const TAIL = 1;
const CONSUMER_WAITS = 2;
const STOPPING = 3;
const KERNEL_DROPPED = 4;
const STOP_SECONDS = 5;
const STOP_NANOSECONDS = 6;
const UNREAD = 7;
const ABANDONED = 8;
const CONTROL_WORDS = 16;

/**
 * A ring of packets in shared memory, with one producer and one consumer on any two threads.
 *
 * The producer has its packets written straight into the slots; the consumer reads them there and
 * then releases them. When the ring is full the producer waits: the kernel's buffer takes over, and
 * what is lost there is counted there.
 */
export class PacketRing {
  /** The shared memory, to be handed to the other thread. */
  readonly buffer: SharedArrayBuffer;
  /** All of it as bytes; packets stand at {@linkcode PacketRing.offset}. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** How many packets it holds. */
  readonly capacity: number;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #headers: Uint32Array<SharedArrayBuffer>;
  readonly #payloadAt: number;

  /** @param buffer of another thread's ring; by default a new one */
  constructor(buffer: SharedArrayBuffer = allocate(CAPACITY)) {
    this.buffer = buffer;
    this.capacity = capacityOf(buffer.byteLength);
    this.bytes = new Uint8Array(buffer);
    this.#control = new Int32Array(buffer, 0, CONTROL_WORDS);
    this.#headers = new Uint32Array(buffer, CONTROL_WORDS * 4, this.capacity * HEADER_WORDS);
    this.#payloadAt = CONTROL_WORDS * 4 + this.capacity * HEADER_WORDS * 4;
  }

  /** Packets that wait for the consumer. */
  get length(): number {
    return (this.#load(HEAD) - this.#load(TAIL)) >>> 0;
  }

  /** Where the bytes of a slot's packet begin in {@linkcode PacketRing.bytes}. */
  offset(slot: number): number {
    return this.#payloadAt + slot * SLOT_BYTES;
  }

  /** The slot that the next packet is written to. */
  get headSlot(): number {
    return this.#load(HEAD) & (this.capacity - 1);
  }

  /** How many slots from {@linkcode PacketRing.headSlot} on, without a wrap, may be written. */
  get room(): number {
    return Math.min(this.capacity - this.length, this.capacity - this.headSlot);
  }

  /** Writes a packet's length and when it was received. */
  setHeader(slot: number, lengthBytes: number, seconds: number, nanoseconds: number): void {
    const at = slot * HEADER_WORDS;
    this.#headers[at + LENGTH] = lengthBytes;
    this.#headers[at + SECONDS] = seconds;
    this.#headers[at + NANOSECONDS] = nanoseconds;
  }

  /** Writes who sent a packet: an IPv6 address as four u32. */
  setSource(slot: number, first: number, second: number, third: number, fourth: number): void {
    const at = slot * HEADER_WORDS + SOURCE;
    this.#headers[at] = first;
    this.#headers[at + 1] = second;
    this.#headers[at + 2] = third;
    this.#headers[at + 3] = fourth;
  }

  /** Writes who sent a packet: an IPv4 address as u32. */
  setIpv4Source(slot: number, ipv4: number): void {
    this.setSource(slot, 0, 0, V4_MAPPED, ipv4);
  }

  /** Hands `count` written slots to the consumer; true when it sleeps and is to be woken. */
  publish(count: number): boolean {
    Atomics.add(this.#control, HEAD, count);
    return Atomics.exchange(this.#control, CONSUMER_WAITS, 0) === 1;
  }

  /** Blocks this thread (never the main one) until there is room or the time is up. */
  waitForRoom(timeoutMs: number): void {
    const tail = this.#load(TAIL);
    if (this.room === 0 && !this.abandoned) Atomics.wait(this.#control, TAIL, tail, timeoutMs);
  }

  /** The slot of the packet that has waited longest. */
  get tailSlot(): number {
    return this.#load(TAIL) & (this.capacity - 1);
  }

  /** The slot after a slot. */
  next(slot: number): number {
    return (slot + 1) & (this.capacity - 1);
  }

  /** Holds the senders' addresses, four u32 each; see {@linkcode PacketRing.sourceAt}. */
  get sources(): Uint32Array<SharedArrayBuffer> {
    return this.#headers;
  }

  /**
   * Where the address of a packet's sender begins in {@linkcode PacketRing.sources}; an IPv4 address
   * a.b.c.d is ::ffff:a.b.c.d there.
   */
  sourceAt(slot: number): number {
    return slot * HEADER_WORDS + SOURCE;
  }

  /** Length of a packet as sent, even where that is more than was kept. */
  lengthBytes(slot: number): number {
    return this.#header(slot, LENGTH);
  }

  /** Unix time at which a packet was received, whole seconds. */
  receiveSeconds(slot: number): number {
    return this.#header(slot, SECONDS);
  }

  /** Nanoseconds after that second. */
  receiveNanoseconds(slot: number): number {
    return this.#header(slot, NANOSECONDS);
  }

  /** Gives the `count` oldest packets' slots back. */
  release(count: number): void {
    Atomics.add(this.#control, TAIL, count);
    Atomics.notify(this.#control, TAIL);
  }

  /** Notes that the consumer sleeps; false when there is something to read after all. */
  consumerSleeps(): boolean {
    Atomics.store(this.#control, CONSUMER_WAITS, 1);
    return this.length === 0;
  }

  /** Whether the consumer has asked the producer to end. */
  get stopping(): boolean {
    return this.#load(STOPPING) === 1;
  }

  /**
   * Asks the producer to take what has arrived, and to end. Asked again, it stays with the first time.
   *
   * @param nowUnixMs the wall clock, ms: what came later need not be taken
   */
  stop(nowUnixMs: number): void {
    if (this.stopping) return;
    const seconds = Math.floor(nowUnixMs / 1000);
    Atomics.store(this.#control, STOP_SECONDS, seconds | 0);
    Atomics.store(this.#control, STOP_NANOSECONDS, Math.floor((nowUnixMs - seconds * 1000) * 1e6));
    Atomics.store(this.#control, STOPPING, 1);
    Atomics.notify(this.#control, TAIL);
  }

  /** Tells the producer that nobody reads any more: it is not to wait for room. */
  abandon(): void {
    Atomics.store(this.#control, ABANDONED, 1);
    Atomics.notify(this.#control, TAIL);
  }

  /** Whether nobody reads any more. */
  get abandoned(): boolean {
    return this.#load(ABANDONED) === 1;
  }

  /** When the producer was asked to end: Unix ms. */
  get stopUnixMs(): number {
    return (this.#load(STOP_SECONDS) >>> 0) * 1000 + this.#load(STOP_NANOSECONDS) / 1e6;
  }

  /**
   * Whether a packet came after the producer was asked to end. A time that has not come yet is that of
   * a packet which came before the clock was set back.
   *
   * @param nowUnixMs the wall clock, ms
   */
  isAfterStop(slot: number, nowUnixMs: number): boolean {
    const receivedMs = this.receiveSeconds(slot) * 1000 + this.receiveNanoseconds(slot) / 1e6;
    return receivedMs > this.stopUnixMs && receivedMs <= nowUnixMs;
  }

  /** Datagrams that had arrived when the producer was asked to end, and that it has not taken, u32. */
  get unread(): number {
    return this.#load(UNREAD) >>> 0;
  }
  set unread(count: number) {
    Atomics.store(this.#control, UNREAD, count | 0);
  }

  /** Datagrams the kernel has dropped since the socket was opened, u32. */
  get kernelDropped(): number {
    return this.#load(KERNEL_DROPPED) >>> 0;
  }
  set kernelDropped(count: number) {
    Atomics.store(this.#control, KERNEL_DROPPED, count | 0);
  }

  /** A word of a slot's header: in range for every slot of the ring, and read for every packet. */
  #header(slot: number, word: number): number {
    return this.#headers[slot * HEADER_WORDS + word] as number;
  }

  #load(word: number): number {
    return Atomics.load(this.#control, word);
  }
}

function allocate(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_WORDS * 4 + capacity * (HEADER_WORDS * 4 + SLOT_BYTES));
}

function capacityOf(bytes: number): number {
  return (bytes - CONTROL_WORDS * 4) / (HEADER_WORDS * 4 + SLOT_BYTES);
}
