// The EdgeLink, signaling's side: challenged -> admitting -> open -> closed. What an edge says counts only in `open`.
import { randomBytes } from 'node:crypto';
import {
  CLOSE_CODES,
  encodeMessage,
  errorMessage,
  negotiateVersion,
  parseEdgeToSignaling,
  PROTOCOL_VERSION_RANGE,
  type EdgeFacts,
  type EdgeNodeId,
  type EdgeToSignaling,
  type ErrorCode,
  type LeaseId,
  type SessionId,
  type SignalingToEdge,
} from '@perigee/protocol';
import {
  createTokenBucket,
  type CancelTimer,
  type Clock,
  type Logger,
  type Timers,
  type TokenBucket,
} from '@perigee/kit';
import type { Counters } from '../counters.ts';
import type { ReserveOutcome } from '../placement/place.ts';
import type { Channel, ChannelListener } from '../transport/channel.ts';
import { isChallengeMet } from './verify-challenge.ts';

/** Reservations that may wait for one edge's word. */
const MAX_PENDING_RESERVATIONS = 256;

type Hello = Extract<EdgeToSignaling, { type: 'edgeHello' }>;
type Reserve = Extract<SignalingToEdge, { type: 'reserve' }>;
/** What an open link passes on. */
export type EdgeMessage = Exclude<
  EdgeToSignaling,
  { type: 'edgeHello' | 'reserved' | 'refused' | 'error' }
>;

export type ReserveOptions = {
  readonly timeoutMs: number;
  /** Called within the handling of `reserved`: the edge's offer may stand right behind it, before any promise goes on. */
  readonly onReserved: (isWarm: boolean) => void;
};

/** An open link as the sessions see it. */
export type EdgePort = {
  readonly edgeNodeId: EdgeNodeId;
  send(message: SignalingToEdge): void;
  /** Asks for a slot. Never rejects; an answer that comes too late goes to `onLateAnswer`. */
  reserve(message: Reserve, options: ReserveOptions): Promise<ReserveOutcome>;
  close(closeCode: number): void;
};

export type EdgeLinkEvents = {
  /** Whether the key is admitted, and as which edge. May reject: then the edge may try again. */
  admit(publicKeyHex: string): Promise<EdgeNodeId | null>;
  /** The key is proven. @returns whether the link may open (another key may hold the id) */
  onOpen(port: EdgePort, edge: { publicKeyHex: string; facts: EdgeFacts }): boolean;
  onMessage(port: EdgePort, message: EdgeMessage): void;
  /** The edge answered a reservation that nobody waits for any more. */
  onLateAnswer(port: EdgePort, answer: { sessionId: SessionId; isReserved: boolean }): void;
  /** An open link closed. */
  onClosed(port: EdgePort): void;
};

export type EdgeLinkOptions = {
  readonly channel: Channel;
  readonly clock: Clock & Timers;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly events: EdgeLinkEvents;
  readonly helloTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly messagesPerSecond: number;
};

type Pending = {
  readonly sessionId: SessionId;
  readonly onReserved: (isWarm: boolean) => void;
  readonly settle: (outcome: ReserveOutcome) => void;
};

export class EdgeLink implements ChannelListener {
  readonly #options: EdgeLinkOptions;
  readonly #nonce: Uint8Array = new Uint8Array(randomBytes(32));
  readonly #bucket: TokenBucket;
  readonly #pending = new Map<LeaseId, Pending>();
  /** Leases given up, whose answer may still come. Bounded: the oldest is forgotten. */
  readonly #late = new Map<LeaseId, SessionId>();
  readonly #cancelHello: CancelTimer;
  #state: 'challenged' | 'admitting' | 'open' | 'closed' = 'challenged';
  #port: EdgePort | undefined;

  /** Sends the challenge at once. */
  constructor(options: EdgeLinkOptions) {
    this.#options = options;
    this.#bucket = createTokenBucket({
      capacity: options.messagesPerSecond * 4,
      refillPerSecond: options.messagesPerSecond,
    });
    this.#cancelHello = options.clock.after(options.helloTimeoutMs, () => {
      this.#close(CLOSE_CODES.helloTimeout);
    });
    this.#send({ type: 'challenge', versions: PROTOCOL_VERSION_RANGE, nonce: this.#nonce });
  }

  receive(bytes: Uint8Array | null): void {
    if (this.#state === 'closed') return;
    const { counters, clock } = this.#options;
    counters.add('perigee_signaling_messages_total', { from: 'edge' });
    if (!this.#bucket.take(clock.nowMs())) {
      this.#refuse('rate-limited', CLOSE_CODES.rateLimited);
      return;
    }
    const parsed = bytes === null ? undefined : parseEdgeToSignaling(bytes);
    if (parsed?.ok !== true) {
      const reason = parsed?.code ?? 'not-binary';
      counters.add('perigee_signaling_malformed_messages_total', { from: 'edge', reason });
      this.#refuse('bad-message', CLOSE_CODES.badMessage);
      return;
    }
    this.#handle(parsed.message);
  }

  closed(): void {
    this.#leave();
  }

  #handle(message: EdgeToSignaling): void {
    if (message.type === 'edgeHello') {
      if (this.#state !== 'challenged') this.#refuse('out-of-order', CLOSE_CODES.badMessage);
      else this.#hello(message);
      return;
    }
    const port = this.#port;
    if (this.#state !== 'open' || port === undefined) {
      this.#refuse('out-of-order', CLOSE_CODES.badMessage);
      return;
    }
    switch (message.type) {
      case 'reserved':
      case 'refused':
        this.#settle(port, message);
        return;
      case 'error':
        this.#options.logger.warn(
          { edgeNodeId: port.edgeNodeId, code: message.code },
          'an edge reported an error',
        );
        return;
      default:
        this.#options.events.onMessage(port, message);
    }
  }

  #hello(hello: Hello): void {
    if (negotiateVersion(hello.versions, PROTOCOL_VERSION_RANGE) === undefined) {
      this.#refuse('unsupported-version', CLOSE_CODES.unsupportedVersion);
      return;
    }
    // The proof comes before the question, so that a stranger cannot make us ask the store.
    if (!isChallengeMet(this.#nonce, hello)) {
      this.#refuse('bad-signature', CLOSE_CODES.notAdmitted);
      return;
    }
    this.#state = 'admitting';
    const publicKeyHex = Buffer.from(hello.publicKey).toString('hex');
    this.#options.events.admit(publicKeyHex).then(
      (edgeNodeId) => {
        this.#admitted(hello, publicKeyHex, edgeNodeId);
      },
      (err: unknown) => {
        this.#options.logger.error({ err }, 'nobody could say whether an edge is admitted');
        this.#refuse('internal', CLOSE_CODES.goingAway);
      },
    );
  }

  #admitted(hello: Hello, publicKeyHex: string, edgeNodeId: EdgeNodeId | null): void {
    if (this.#state !== 'admitting') return;
    if (edgeNodeId === null) {
      this.#refuse('unknown-key', CLOSE_CODES.notAdmitted);
      return;
    }
    const version = negotiateVersion(hello.versions, PROTOCOL_VERSION_RANGE);
    const port: EdgePort = {
      edgeNodeId,
      send: (message) => {
        this.#send(message);
      },
      reserve: (message, options) => this.#reserve(message, options),
      close: (closeCode) => {
        this.#close(closeCode);
      },
    };
    this.#port = port;
    // The id is what the operator admitted the key as, whatever the edge calls itself.
    const facts = { ...hello.facts, edgeNodeId };
    if (version === undefined || !this.#options.events.onOpen(port, { publicKeyHex, facts })) {
      this.#port = undefined;
      this.#refuse('duplicate-edge', CLOSE_CODES.notAdmitted);
      return;
    }
    this.#state = 'open';
    this.#cancelHello();
    this.#send({
      type: 'edgeWelcome',
      version,
      edgeNodeId,
      heartbeatIntervalMs: this.#options.heartbeatMs,
    });
  }

  #reserve(message: Reserve, options: ReserveOptions): Promise<ReserveOutcome> {
    if (this.#state !== 'open') return Promise.resolve({ kind: 'lost' });
    if (this.#pending.size >= MAX_PENDING_RESERVATIONS) {
      return Promise.resolve({ kind: 'refused', code: 'no-capacity' });
    }
    const { leaseId, sessionId } = message;
    return new Promise((resolve) => {
      const settle = (outcome: ReserveOutcome): void => {
        cancelTimer();
        this.#pending.delete(leaseId);
        resolve(outcome);
      };
      const cancelTimer = this.#options.clock.after(options.timeoutMs, () => {
        this.#rememberLate(leaseId, sessionId);
        settle({ kind: 'timeout' });
      });
      this.#pending.set(leaseId, { sessionId, settle, onReserved: options.onReserved });
      this.#send(message);
    });
  }

  #rememberLate(leaseId: LeaseId, sessionId: SessionId): void {
    this.#late.set(leaseId, sessionId);
    if (this.#late.size <= MAX_PENDING_RESERVATIONS) return;
    const [oldest] = this.#late.keys();
    if (oldest !== undefined) this.#late.delete(oldest);
  }

  #settle(
    port: EdgePort,
    message: Extract<EdgeToSignaling, { type: 'reserved' | 'refused' }>,
  ): void {
    const { leaseId } = message;
    const pending = this.#pending.get(leaseId);
    if (pending === undefined) {
      const sessionId = this.#late.get(leaseId);
      this.#late.delete(leaseId);
      const isReserved = message.type === 'reserved';
      if (sessionId !== undefined)
        this.#options.events.onLateAnswer(port, { sessionId, isReserved });
      else this.#count('unknown-lease');
      return;
    }
    if (message.type === 'refused') pending.settle({ kind: 'refused', code: message.code });
    else if (message.sessionId === pending.sessionId) {
      pending.onReserved(message.warm);
      pending.settle({ kind: 'reserved', isWarm: message.warm });
    } else {
      // The right lease for the wrong session: nothing that follows could be believed.
      this.#refuse('out-of-order', CLOSE_CODES.badMessage);
    }
  }

  #count(reason: string): void {
    this.#options.counters.add('perigee_signaling_refused_messages_total', {
      from: 'edge',
      reason,
    });
  }

  #refuse(code: ErrorCode, closeCode: number): void {
    if (this.#state === 'closed') return;
    this.#options.counters.add('perigee_edge_refusals_total', { code });
    this.#options.logger.warn({ code, edgeNodeId: this.#port?.edgeNodeId }, 'edge link refused');
    this.#send(errorMessage(code));
    this.#close(closeCode);
  }

  #send(message: SignalingToEdge): void {
    this.#options.channel.send(encodeMessage(message));
  }

  #close(closeCode: number): void {
    this.#leave();
    this.#options.channel.close(closeCode, '');
  }

  /** Leaves `open` exactly once, whoever closed. */
  #leave(): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#cancelHello();
    for (const pending of [...this.#pending.values()]) pending.settle({ kind: 'lost' });
    if (wasOpen && this.#port !== undefined) this.#options.events.onClosed(this.#port);
  }
}
