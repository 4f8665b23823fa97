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
import type { Logger, Timers } from '@perigee/kit';
import type { EdgeKey } from './edge-key.ts';

/** First and longest wait before dialling again, ms (chosen; jittered by up to half so that a fleet does not return at once). */
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;
/** A link that never gets to `edgeWelcome` is given up after this long, ms (chosen). */
const WELCOME_TIMEOUT_MS = 10_000;
/** Signaling pings; a link without a sign of life for this long is dead, ms (3 heartbeats of its default 5 s pings). */
const SILENCE_TIMEOUT_MS = 20_000;
/** A close handshake that is not answered within this is cut off, ms (chosen). */
const CLOSE_TIMEOUT_MS = 1000;
/** Unsent bytes above which the link is taken for stuck and dialled anew (chosen: 8 of the largest messages). */
const MAX_BACKLOG_BYTES = 8 * MAX_EDGE_MESSAGE_BYTES;
/** Signaling that talks nonsense must not fill the log. */
const MAX_LOGGED_MALFORMED = 10;

export type EdgeLinkOptions = {
  /** ws:// or wss:// address of signaling's /ws/edge. */
  readonly url: string;
  readonly key: EdgeKey;
  readonly facts: () => EdgeFacts;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Chance in [0, 1). */
  readonly random: () => number;
  readonly onMessage: (message: SignalingToEdge) => void;
  /** The link is proven and open; heartbeats are wanted at this interval. */
  readonly onOpen: (heartbeatIntervalMs: number) => void;
  readonly onDown: () => void;
};

/** Dials as soon as it is made, until closed. */
export class EdgeLink {
  readonly #options: EdgeLinkOptions;
  #socket: WebSocket | undefined;
  #isOpen = false;
  #isClosed = false;
  #retryMs = RETRY_MIN_MS;
  #cancelRetry: () => void = () => undefined;
  /** Whether the challenge of this socket was answered: it is answered once. */
  #isProven = false;
  #malformedMessages = 0;

  constructor(options: EdgeLinkOptions) {
    this.#options = options;
    this.#dial();
  }

  /** Messages of signaling that could not be read, so far. */
  get malformedMessages(): number {
    return this.#malformedMessages;
  }

  /** @returns false when the link is down (the message is dropped). */
  send(message: EdgeToSignaling): boolean {
    if (!this.#isOpen || this.#socket === undefined) return false;
    if (this.#socket.bufferedAmount > MAX_BACKLOG_BYTES) {
      this.#socket.terminate();
      return false;
    }
    this.#socket.send(encodeMessage(message));
    return true;
  }

  /** Idempotent; never dials again. */
  close(): void {
    this.#isClosed = true;
    this.#isOpen = false;
    this.#cancelRetry();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    const cancel = this.#options.timers.after(CLOSE_TIMEOUT_MS, () => {
      socket.terminate();
    });
    socket.once('close', cancel);
    socket.close(1001);
  }

  #dial(): void {
    const ws = new WebSocket(this.#options.url, {
      maxPayload: MAX_EDGE_MESSAGE_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: WELCOME_TIMEOUT_MS,
    });
    this.#socket = ws;
    this.#isProven = false;
    let cancelWatchdog = (): void => undefined;
    const expectLifeWithin = (limitMs: number): void => {
      cancelWatchdog();
      cancelWatchdog = this.#options.timers.after(limitMs, () => {
        ws.terminate();
      });
    };
    expectLifeWithin(WELCOME_TIMEOUT_MS);
    ws.on('ping', () => {
      if (this.#isOpen) expectLifeWithin(SILENCE_TIMEOUT_MS);
    });
    ws.on('message', (data, isBinary) => {
      if (this.#isOpen) expectLifeWithin(SILENCE_TIMEOUT_MS);
      this.#onBytes(ws, isBinary && data instanceof Buffer ? data : undefined);
    });
    ws.on('error', (err) => {
      this.#options.logger.debug({ err }, 'edge link error');
    });
    ws.on('close', (closeCode) => {
      cancelWatchdog();
      this.#onDown(ws, closeCode);
    });
  }

  #onBytes(ws: WebSocket, data: Buffer | undefined): void {
    const parsed = data === undefined ? undefined : parseSignalingToEdge(new Uint8Array(data));
    if (parsed?.ok === true) this.#onMessage(ws, parsed.message);
    else if (++this.#malformedMessages <= MAX_LOGGED_MALFORMED)
      this.#options.logger.warn({ code: parsed?.code }, 'malformed message from signaling');
  }

  #onMessage(ws: WebSocket, message: SignalingToEdge): void {
    if (this.#socket !== ws) return; // closed meanwhile
    const { logger } = this.#options;
    switch (message.type) {
      case 'challenge':
        if (!this.#isProven) this.#answerChallenge(ws, message);
        return;
      case 'edgeWelcome':
        if (!this.#isProven || this.#isOpen) return; // out of order
        this.#isOpen = true;
        this.#retryMs = RETRY_MIN_MS;
        logger.info({ edgeNodeId: message.edgeNodeId }, 'edge link open');
        this.#options.onOpen(message.heartbeatIntervalMs);
        return;
      case 'error':
        logger.error({ code: message.code }, 'signaling refused');
        return;
      default:
        if (this.#isOpen) this.#options.onMessage(message);
    }
  }

  #answerChallenge(
    ws: WebSocket,
    challenge: Extract<SignalingToEdge, { type: 'challenge' }>,
  ): void {
    const { key, facts, logger } = this.#options;
    if (negotiateVersion(challenge.versions, PROTOCOL_VERSION_RANGE) === undefined) {
      logger.error({ versions: challenge.versions }, 'signaling speaks no version of ours');
      ws.close();
      return;
    }
    const hello: EdgeToSignaling = {
      type: 'edgeHello',
      versions: PROTOCOL_VERSION_RANGE,
      publicKey: key.publicKey,
      signature: key.signChallenge(challenge.nonce),
      facts: facts(),
    };
    this.#isProven = true;
    ws.send(encodeMessage(hello));
  }

  #onDown(ws: WebSocket, closeCode: number): void {
    if (this.#socket === ws) this.#socket = undefined;
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#options.logger.warn({ closeCode }, 'edge link lost');
      this.#options.onDown();
    }
    if (this.#isClosed) return;
    const waitMs = this.#retryMs * (1 + this.#options.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
    this.#cancelRetry = this.#options.timers.after(waitMs, () => {
      this.#dial();
    });
  }
}
