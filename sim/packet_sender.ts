/** Where packets go to. */
export interface Target {
  /** An IP address, or a name that has one, of the family of the modules' addresses. */
  hostname: string;
  /** UDP port, 1..65535. */
  port: number;
}

/** A packet to be sent. */
export interface OutgoingPacket {
  /** The module it comes from, 0..31. */
  slot: number;
  /** The datagram. */
  bytes: Uint8Array;
}

/** A packet that could not be sent. */
export interface SendFailure {
  /** Its place among the packets of the call, from 0. */
  index: number;
  /** Why. */
  error: unknown;
}

/** Sends the packets of all modules, each from its module's address. */
export interface PacketSender {
  /**
   * Sends packets, in their order; one call at a time.
   *
   * The packets' bytes may change once the promise has settled. It resolves also when some, or all,
   * could not be sent.
   *
   * @returns those that could not be sent, by index
   */
  send(packets: readonly OutgoingPacket[]): Promise<readonly SendFailure[]>;
  /** Ends the sending; called once. */
  close(): void;
}

/** Opens a way out for packets. */
export type Transport = () => PacketSender | Promise<PacketSender>;
