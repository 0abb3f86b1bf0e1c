/** Where packets are received: an IP address and a UDP port. */
export interface UdpAddress {
  /** `0.0.0.0` for every interface, `::` for every one and IPv6 too; without brackets. */
  hostname: string;
  /** 0 for any free port. */
  port: number;
}
