import { badDatagrams } from "./datagram_attacks.ts";
import type { Siege } from "./strangers.ts";
import {
  halfRequests,
  idleConnections,
  idleKeepAlive,
  malformedRequests,
  oneAddress,
  unreadAnswers,
  wrongTokens,
} from "./tcp_attacks.ts";
import { endlessMessages, unreadPages } from "./web_socket_attacks.ts";
import { brokenPeers, hostilePublisher, topics, unreadEvents } from "./zmtp_attacks.ts";

/** Every attack by its name. All run at once, each in a process of its own. */
export const ATTACKS = {
  "idle connections": idleConnections,
  "one address": oneAddress,
  "half requests": halfRequests,
  "idle keep-alive": idleKeepAlive,
  "malformed requests": malformedRequests,
  "wrong tokens": wrongTokens,
  "unread answers": unreadAnswers,
  "endless WebSocket messages": endlessMessages,
  "unread pages": unreadPages,
  "ZeroMQ topics": topics,
  "unread events": unreadEvents,
  "broken ZeroMQ peers": brokenPeers,
  "hostile publisher": hostilePublisher,
  "bad datagrams": badDatagrams,
} satisfies Record<string, (siege: Siege) => Promise<void>>;

/** The name of an attack. */
export type AttackName = keyof typeof ATTACKS;
