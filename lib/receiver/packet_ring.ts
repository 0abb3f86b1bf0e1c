import { V4_MAPPED } from "../address/ip_address.ts";
import { MAX_PACKET_BYTES } from "../wire/packet.ts";

/** Packets that a new ring holds. It is a power of two, so a mask turns a count into a slot. */
const CAPACITY = 2048;

/**
 * Memory for a packet. It is more than the longest packet, so a longer one is recognised by its
 * length.
 */
export const SLOT_BYTES = MAX_PACKET_BYTES + 216;

/** Offsets of a packet's header fields, a u32 each; the source has four. */
const SOURCE = 0;
const LENGTH = 4;
const SECONDS = 5;
const NANOSECONDS = 6;
const HEADER_WORDS = 8;

/** Offsets of the control words. Each is read and written with Atomics. */
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
 * The producer writes its packets directly into the slots. The consumer reads them there and then
 * releases the slots. When the ring is full, the producer waits. Then packets stay in the kernel's
 * buffer, and the kernel counts what it drops.
 */
export class PacketRing {
  /** The shared memory, for the other thread. */
  readonly buffer: SharedArrayBuffer;
  /** All of it as bytes. A packet is at {@linkcode PacketRing.offset}. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Number of packets it can hold. */
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

  /** Number of packets that wait for the consumer. */
  get length(): number {
    return (this.#load(HEAD) - this.#load(TAIL)) >>> 0;
  }

  /** Offset of a slot's packet in {@linkcode PacketRing.bytes}. */
  offset(slot: number): number {
    return this.#payloadAt + slot * SLOT_BYTES;
  }

  /** The slot for the next packet. */
  get headSlot(): number {
    return this.#load(HEAD) & (this.capacity - 1);
  }

  /** Number of free slots from {@linkcode PacketRing.headSlot} on, without a wrap. */
  get room(): number {
    return Math.min(this.capacity - this.length, this.capacity - this.headSlot);
  }

  /** Writes a packet's length and receive time. */
  setHeader(slot: number, lengthBytes: number, seconds: number, nanoseconds: number): void {
    const at = slot * HEADER_WORDS;
    this.#headers[at + LENGTH] = lengthBytes;
    this.#headers[at + SECONDS] = seconds;
    this.#headers[at + NANOSECONDS] = nanoseconds;
  }

  /** Writes a packet's sender: an IPv6 address as four u32. */
  setSource(slot: number, first: number, second: number, third: number, fourth: number): void {
    const at = slot * HEADER_WORDS + SOURCE;
    this.#headers[at] = first;
    this.#headers[at + 1] = second;
    this.#headers[at + 2] = third;
    this.#headers[at + 3] = fourth;
  }

  /** Writes a packet's sender: an IPv4 address as u32. */
  setIpv4Source(slot: number, ipv4: number): void {
    this.setSource(slot, 0, 0, V4_MAPPED, ipv4);
  }

  /**
   * Passes `count` written slots to the consumer; true if the consumer sleeps and must be woken.
   */
  publish(count: number): boolean {
    Atomics.add(this.#control, HEAD, count);
    return Atomics.exchange(this.#control, CONSUMER_WAITS, 0) === 1;
  }

  /** Blocks this thread until there is room or the time is up. Never call it in the main thread. */
  waitForRoom(timeoutMs: number): void {
    const tail = this.#load(TAIL);
    if (this.room === 0 && !this.abandoned) Atomics.wait(this.#control, TAIL, tail, timeoutMs);
  }

  /** The slot of the oldest packet. */
  get tailSlot(): number {
    return this.#load(TAIL) & (this.capacity - 1);
  }

  /** The slot after a slot. */
  next(slot: number): number {
    return (slot + 1) & (this.capacity - 1);
  }

  /** The senders' addresses, four u32 each; see {@linkcode PacketRing.sourceAt}. */
  get sources(): Uint32Array<SharedArrayBuffer> {
    return this.#headers;
  }

  /**
   * Index of a packet's sender in {@linkcode PacketRing.sources}. An IPv4 address a.b.c.d is
   * ::ffff:a.b.c.d there.
   */
  sourceAt(slot: number): number {
    return slot * HEADER_WORDS + SOURCE;
  }

  /** Length of a packet as sent, even if fewer bytes were kept. */
  lengthBytes(slot: number): number {
    return this.#header(slot, LENGTH);
  }

  /** Unix time of reception of a packet, whole seconds. */
  receiveSeconds(slot: number): number {
    return this.#header(slot, SECONDS);
  }

  /** Nanoseconds after that second. */
  receiveNanoseconds(slot: number): number {
    return this.#header(slot, NANOSECONDS);
  }

  /** Releases the slots of the `count` oldest packets. */
  release(count: number): void {
    Atomics.add(this.#control, TAIL, count);
    Atomics.notify(this.#control, TAIL);
  }

  /** Notes that the consumer will sleep; false if there is something to read after all. */
  consumerSleeps(): boolean {
    Atomics.store(this.#control, CONSUMER_WAITS, 1);
    return this.length === 0;
  }

  /** Whether the consumer asked the producer to end. */
  get stopping(): boolean {
    return this.#load(STOPPING) === 1;
  }

  /**
   * Asks the producer to take what has arrived, and then to end. A second call does not change the
   * time.
   *
   * @param nowUnixMs the wall clock, ms: later packets need not be taken
   */
  stop(nowUnixMs: number): void {
    if (this.stopping) return;
    const seconds = Math.floor(nowUnixMs / 1000);
    Atomics.store(this.#control, STOP_SECONDS, seconds | 0);
    Atomics.store(this.#control, STOP_NANOSECONDS, Math.floor((nowUnixMs - seconds * 1000) * 1e6));
    Atomics.store(this.#control, STOPPING, 1);
    Atomics.notify(this.#control, TAIL);
  }

  /** Tells the producer that the consumer has stopped reading. It must not wait for room. */
  abandon(): void {
    Atomics.store(this.#control, ABANDONED, 1);
    Atomics.notify(this.#control, TAIL);
  }

  /** Whether the consumer has stopped reading. */
  get abandoned(): boolean {
    return this.#load(ABANDONED) === 1;
  }

  /** When the producer was asked to end: Unix ms. */
  get stopUnixMs(): number {
    return (this.#load(STOP_SECONDS) >>> 0) * 1000 + this.#load(STOP_NANOSECONDS) / 1e6;
  }

  /**
   * Whether a packet came after the producer was asked to end. A receive time in the future means
   * that the clock was set back after the packet had arrived.
   *
   * @param nowUnixMs the wall clock, ms
   */
  isAfterStop(slot: number, nowUnixMs: number): boolean {
    const receivedMs = this.receiveSeconds(slot) * 1000 + this.receiveNanoseconds(slot) / 1e6;
    return receivedMs > this.stopUnixMs && receivedMs <= nowUnixMs;
  }

  /** Datagrams that had arrived when the producer was asked to end, but were not taken, u32. */
  get unread(): number {
    return this.#load(UNREAD) >>> 0;
  }
  set unread(count: number) {
    Atomics.store(this.#control, UNREAD, count | 0);
  }

  /** Datagrams that the kernel dropped since the socket was opened, u32. */
  get kernelDropped(): number {
    return this.#load(KERNEL_DROPPED) >>> 0;
  }
  set kernelDropped(count: number) {
    Atomics.store(this.#control, KERNEL_DROPPED, count | 0);
  }

  /** A word of a slot's header. It is in range for every slot, and read for every packet. */
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
