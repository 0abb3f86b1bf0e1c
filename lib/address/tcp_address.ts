import { hostPort } from "./ip_address.ts";

/** A TCP address to serve on. */
export interface TcpAddress {
  /** An IP address, or `localhost`. */
  hostname: string;
  /** 0 for any free port. */
  port: number;
}

/** Whether only this host itself reaches an address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** Whether an address stands for all of this host's. */
export function isEveryAddress(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** The URL of a server on an address. */
export function httpUrl(address: TcpAddress): string {
  return `http://${hostPort(address)}`;
}
