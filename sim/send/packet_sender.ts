/** The target of the packets. */
export interface Target {
  /** An IP address, or a name that has one, of the same family as the modules' addresses. */
  hostname: string;
  /** UDP port, 1..65535. */
  port: number;
}

/** A packet to be sent. */
export interface OutgoingPacket {
  /** The module that sends it, 0..31. */
  slot: number;
  /** The datagram. */
  bytes: Uint8Array;
}

/** A packet that could not be sent. */
export interface SendFailure {
  /** Its index in the call, from 0. */
  index: number;
  /** Why. */
  error: unknown;
}

/** Sends the packets of all modules, each from its module's address. */
export interface PacketSender {
  /**
   * Sends packets in their order; one call at a time.
   *
   * The packets' bytes may change after the promise has settled. It resolves even if some or all
   * packets could not be sent.
   *
   * @returns the packets that could not be sent, by index
   */
  send(packets: readonly OutgoingPacket[]): Promise<readonly SendFailure[]>;
  /** Closes the sender; called once. */
  close(): void;
}

/** Opens a sender. */
export type Transport = () => PacketSender | Promise<PacketSender>;
