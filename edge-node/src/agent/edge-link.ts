// The EdgeLink, edge side: dials signaling, proves the key, then carries messages both ways. It comes back by itself after every loss,
// with a wait that doubles; what is said while it is down is not kept (the heartbeat after the return tells the state anew).
import { WebSocket } from 'ws';
import {
  encodeMessage,
  MAX_EDGE_MESSAGE_BYTES,
  negotiateVersion,
  parseSignalingToEdge,
  PROTOCOL_VERSION_RANGE,
  type EdgeFacts,
  type EdgeToSignaling,
  type SignalingToEdge,
} from '@perigee/protocol';
import type { Logger } from '@perigee/kit';
import type { EdgeKey } from './edge-key.ts';

/** First and longest wait before dialling again, ms (chosen; jittered by up to half so that a fleet does not return at once). */
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;
/** A link that never gets to `edgeWelcome` is given up after this long, ms (chosen). */
const WELCOME_TIMEOUT_MS = 10_000;
/** Signaling pings; a link without a sign of life for this long is dead, ms (3 heartbeats of its default 5 s pings). */
const SILENCE_TIMEOUT_MS = 20_000;

export type EdgeLinkOptions = {
  /** ws:// or wss:// address of signaling's /ws/edge. */
  readonly url: string;
  readonly key: EdgeKey;
  readonly facts: () => EdgeFacts;
  readonly logger: Logger;
  readonly random: () => number;
  readonly onMessage: (message: SignalingToEdge) => void;
  /** The link is proven and open; heartbeats are wanted at this interval. */
  readonly onOpen: (heartbeatIntervalMs: number) => void;
  readonly onDown: () => void;
};

export type EdgeLink = {
  /** @returns false when the link is down (the message is dropped). */
  send(message: EdgeToSignaling): boolean;
  readonly isOpen: () => boolean;
  close(): void;
};

/** Dials until closed. */
export function createEdgeLink(options: EdgeLinkOptions): EdgeLink {
  const { logger } = options;
  let socket: WebSocket | undefined;
  let isOpen = false;
  let isClosed = false;
  let retryMs = RETRY_MIN_MS;
  let retryTimer: NodeJS.Timeout | undefined;

  const retry = (): void => {
    if (isClosed) return;
    const waitMs = retryMs * (1 + options.random() / 2);
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    retryTimer = setTimeout(dial, waitMs);
  };

  const write = (ws: WebSocket, message: EdgeToSignaling): void => {
    ws.send(encodeMessage(message));
  };

  const handle = (ws: WebSocket, message: SignalingToEdge): void => {
    switch (message.type) {
      case 'challenge': {
        if (negotiateVersion(message.versions, PROTOCOL_VERSION_RANGE) === undefined) {
          logger.error({ versions: message.versions }, 'signaling speaks no version of ours');
          ws.close();
          return;
        }
        write(ws, {
          type: 'edgeHello',
          versions: PROTOCOL_VERSION_RANGE,
          publicKey: options.key.publicKey,
          signature: options.key.signChallenge(message.nonce),
          facts: options.facts(),
        });
        return;
      }
      case 'edgeWelcome':
        isOpen = true;
        retryMs = RETRY_MIN_MS;
        logger.info({ edgeNodeId: message.edgeNodeId }, 'edge link open');
        options.onOpen(message.heartbeatIntervalMs);
        return;
      case 'error':
        logger.error({ code: message.code }, 'signaling refused');
        return;
      default:
        if (isOpen) options.onMessage(message);
    }
  };

  const dial = (): void => {
    const ws = new WebSocket(options.url, {
      maxPayload: MAX_EDGE_MESSAGE_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: WELCOME_TIMEOUT_MS,
    });
    socket = ws;
    let watchdog = setTimeout(() => {
      ws.terminate();
    }, WELCOME_TIMEOUT_MS);
    const alive = (): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        ws.terminate();
      }, SILENCE_TIMEOUT_MS);
    };
    ws.on('ping', alive);
    ws.on('message', (data, isBinary) => {
      if (isOpen) alive();
      const bytes = data instanceof Buffer ? new Uint8Array(data) : undefined;
      const parsed = isBinary && bytes !== undefined ? parseSignalingToEdge(bytes) : undefined;
      if (parsed?.ok !== true) {
        logger.warn({ code: parsed?.code }, 'malformed message from signaling');
        return;
      }
      handle(ws, parsed.message);
    });
    ws.on('error', (err) => {
      logger.debug({ err }, 'edge link error');
    });
    ws.on('close', (closeCode) => {
      clearTimeout(watchdog);
      if (socket === ws) socket = undefined;
      if (isOpen) {
        isOpen = false;
        logger.warn({ closeCode }, 'edge link lost');
        options.onDown();
      }
      retry();
    });
  };

  dial();
  return {
    send(message) {
      if (!isOpen || socket === undefined) return false;
      write(socket, message);
      return true;
    },
    isOpen: () => isOpen,
    close() {
      isClosed = true;
      isOpen = false;
      clearTimeout(retryTimer);
      socket?.close(1001);
      socket = undefined;
    },
  };
}
