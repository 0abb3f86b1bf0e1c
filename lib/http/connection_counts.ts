import type { CutReason } from "./gate.ts";

/** What a server tells of its connections. */
export interface ConnectionCounts {
  /** Open connections. */
  open: number;
  /** The most that may be open. */
  max: number;
  /** Connections that it has cut or not taken, by reason. */
  cuts: Readonly<Record<CutReason, number>>;
  /** Requests with a wrong token. */
  wrongTokens: number;
}
