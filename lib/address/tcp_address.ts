import { hostPort } from "./ip_address.ts";

/** A TCP address to serve on. */
export interface TcpAddress {
  /** An IP address, or `localhost`. */
  hostname: string;
  /** 0 for any free port. */
  port: number;
}

/** Whether only this host can reach an address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** Whether an address stands for all addresses of this host. */
export function isEveryAddress(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** The URL of a server at an address. */
export function httpUrl(address: TcpAddress): string {
  return `http://${hostPort(address)}`;
}
