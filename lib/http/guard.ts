import { createHash, timingSafeEqual } from "node:crypto";
import { isEveryAddress, isLoopback, type TcpAddress } from "../address/tcp_address.ts";
import { ConfigurationError } from "../errors.ts";
import type { Advise } from "../notice.ts";
import { textAnswer } from "./answer.ts";
import { tokenFault } from "./token.ts";

/** What a {@linkcode RequestGuard} allows. */
export interface RequestGuardOptions {
  /** Address of the server. */
  address: TcpAddress;
  /** Further names of the server. @default none */
  names?: readonly string[] | undefined;
  /** Token that a client must send. @default none */
  token?: string | undefined;
  /** Text added to refusals by their codes. @default none */
  advise?: Advise | undefined;
}

/**
 * Refuses requests from clients of other servers.
 *
 * A web page from elsewhere must not command an acquisition through a browser in this network. It
 * could try with a name that it makes point here (then the Host is foreign), or with a request
 * across sites (then the Origin is foreign).
 */
export class RequestGuard {
  readonly #address: TcpAddress;
  readonly #names: ReadonlySet<string>;
  readonly #tokenHash: Uint8Array | undefined;
  readonly #advise: Advise;

  /** @throws {ConfigurationError} for a token that is too short */
  constructor({ address, names = [], token, advise = () => "" }: RequestGuardOptions) {
    const fault = token === undefined ? undefined : tokenFault(token);
    if (fault !== undefined) throw new ConfigurationError(`token: ${fault}`);
    this.#advise = advise;
    this.#address = address;
    this.#names = new Set(names.map((name) => name.toLowerCase()));
    this.#tokenHash = token === undefined ? undefined : hash(token);
  }

  /** The refusal of a foreign request; undefined for an allowed one. */
  refuseForeign(headers: Headers): Response | undefined {
    const host = headers.get("host");
    if (host === null || !this.#isOurs(host.toLowerCase())) {
      return textAnswer(
        403,
        `Host ${host ?? "missing"}: this is not a name of this server; use its address` +
          this.#advise({ code: "http.foreignName", fields: { host } }),
      );
    }
    const origin = headers.get("origin");
    if (origin !== null && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
      return textAnswer(403, "Origin: pages of other servers are not allowed here");
    }
    return undefined;
  }

  /** What a request has of a token; `right` as well if none is required. */
  tokenOf(headers: Headers): "right" | "wrong" | "missing" {
    if (this.#tokenHash === undefined) return "right";
    const given = tokenIn(headers);
    if (given === undefined) return "missing";
    // Hashes have equal lengths and are compared in constant time.
    return timingSafeEqual(hash(given), this.#tokenHash) ? "right" : "wrong";
  }

  /** Whether a token is required. */
  get wantsToken(): boolean {
    return this.#tokenHash !== undefined;
  }

  #isOurs(host: string): boolean {
    const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/
      .exec(host) ?? [];
    const hostname = bracketed ?? plain;
    if (hostname === undefined) return false;
    // Any port is allowed: it may be the port of a tunnel.
    if (isLoopback(hostname) || this.#names.has(hostname)) return true;
    if (Number(port ?? 80) !== this.#address.port) return false;
    // A name can be made to point elsewhere, an address cannot.
    if (isEveryAddress(this.#address.hostname)) return bracketed !== undefined || isIpv4(hostname);
    return hostname === this.#address.hostname.toLowerCase();
  }
}

/** The token in a request. A page can send a WebSocket's token only as a protocol name. */
function tokenIn(headers: Headers): string | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  const protocols = headers.get("sec-websocket-protocol") ?? "";
  const [, hex] = /(?:^|, *)token\.((?:[0-9a-f]{2})+)(?:,|$)/.exec(protocols) ?? [];
  return hex === undefined ? undefined : new TextDecoder().decode(Uint8Array.fromHex(hex));
}

function isIpv4(hostname: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname);
}

function hash(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
