/** Where packets are received: IP address and UDP port. */
export interface UdpAddress {
  /**
   * `0.0.0.0` for every IPv4 interface, `::` for every interface with IPv6 too. Without brackets.
   */
  hostname: string;
  /** 0 for any free port. */
  port: number;
}
