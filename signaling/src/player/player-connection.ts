// A player's WebSocket: awaiting-hello -> joined -> closed. Parses each message once and refuses what does not fit the state.
import {
  CLOSE_CODES,
  encodeMessage,
  errorMessage,
  negotiateVersion,
  parsePlayerToSignaling,
  PROTOCOL_VERSION_RANGE,
  type ErrorCode,
  type PlayerToSignaling,
  type SignalingToPlayer,
} from '@perigee/protocol';
import {
  createTokenBucket,
  type CancelTimer,
  type Clock,
  type Timers,
  type TokenBucket,
} from '@perigee/kit';
import type { Counters } from '../counters.ts';
import type { ProbeSite, SiteMeasurement } from '../placement/policy.ts';
import { NORMAL_CLOSURE } from '../session/lifecycle.ts';
import type { PlayerBroker, RefusedReason } from '../session/player-broker.ts';
import type { PlayerPort, Session } from '../session/session.ts';
import type { Channel, ChannelListener } from '../transport/channel.ts';

/** Added to the browser's own budget for a round of probes: the way there and back, ms (chosen). */
const PROBE_GRACE_MS = 1000;

export type PlayerConnectionOptions = {
  readonly channel: Channel;
  readonly clock: Clock & Timers;
  readonly counters: Counters;
  readonly broker: PlayerBroker;
  readonly helloTimeoutMs: number;
  readonly probeBudgetMs: number;
  readonly messagesPerSecond: number;
};

type Probing = {
  readonly round: 1 | 2;
  readonly settle: (results: readonly SiteMeasurement[]) => void;
};

export class PlayerConnection implements ChannelListener, PlayerPort {
  readonly addressKey: string;
  readonly #options: PlayerConnectionOptions;
  readonly #bucket: TokenBucket;
  readonly #cancelHello: CancelTimer;
  #isClosed = false;
  #session: Session | undefined;
  #hasJoined = false;
  #probing: Probing | undefined;

  constructor(options: PlayerConnectionOptions) {
    this.#options = options;
    this.addressKey = options.channel.addressKey;
    this.#bucket = createTokenBucket({
      capacity: options.messagesPerSecond * 4,
      refillPerSecond: options.messagesPerSecond,
    });
    this.#cancelHello = options.clock.after(options.helloTimeoutMs, () => {
      this.close(CLOSE_CODES.helloTimeout);
    });
  }

  receive(bytes: Uint8Array | null): void {
    if (this.#isClosed) return;
    const { counters, clock } = this.#options;
    counters.add('perigee_signaling_messages_total', { from: 'player' });
    if (!this.#bucket.take(clock.nowMs())) {
      this.#refuse('rate-limited', CLOSE_CODES.rateLimited);
      return;
    }
    const parsed = bytes === null ? undefined : parsePlayerToSignaling(bytes);
    if (parsed?.ok !== true) {
      const reason = parsed?.code ?? 'not-binary';
      counters.add('perigee_signaling_malformed_messages_total', { from: 'player', reason });
      this.#refuse('bad-message', CLOSE_CODES.badMessage);
      return;
    }
    this.#handle(parsed.message);
  }

  closed(): void {
    this.#leave();
  }

  send(message: SignalingToPlayer): void {
    if (!this.#isClosed) this.#options.channel.send(encodeMessage(message));
  }

  close(closeCode: number): void {
    this.#leave();
    this.#options.channel.close(closeCode, '');
  }

  probe(round: 1 | 2, sites: readonly ProbeSite[]): Promise<readonly SiteMeasurement[]> {
    if (this.#isClosed) return Promise.resolve([]);
    const { clock, probeBudgetMs: budgetMs } = this.#options;
    return new Promise((resolve) => {
      const settle = (results: readonly SiteMeasurement[]): void => {
        cancelTimer();
        this.#probing = undefined;
        resolve(results);
      };
      const cancelTimer = clock.after(budgetMs + PROBE_GRACE_MS, () => {
        settle([]);
      });
      this.#probing = { round, settle };
      this.send({
        type: 'candidateSites',
        round,
        budgetMs,
        sites: sites.map(({ siteId, place, stunUrls }) => ({
          siteId,
          place,
          stunUrls: [...stunUrls],
          echoUrl: null,
        })),
      });
    });
  }

  #handle(message: PlayerToSignaling): void {
    if (message.type === 'hello') {
      this.#hello(message);
      return;
    }
    const session = this.#session;
    if (session === undefined) {
      this.#refuse('out-of-order', CLOSE_CODES.badMessage);
      return;
    }
    const { broker } = this.#options;
    switch (message.type) {
      case 'probeResults':
        this.#judge(this.#probed(message));
        return;
      case 'answer':
        this.#judge(broker.answer(this, session, message));
        return;
      case 'candidate':
        this.#judge(broker.candidate(this, session, message));
        return;
      case 'leave':
        this.#judge(broker.leave(this, session, message.sessionId));
        return;
    }
  }

  #hello(hello: Extract<PlayerToSignaling, { type: 'hello' }>): void {
    if (this.#hasJoined) {
      this.#refuse('out-of-order', CLOSE_CODES.badMessage);
      return;
    }
    this.#hasJoined = true;
    this.#cancelHello();
    const version = negotiateVersion(hello.versions, PROTOCOL_VERSION_RANGE);
    if (version === undefined) {
      this.#refuse('unsupported-version', CLOSE_CODES.unsupportedVersion);
      return;
    }
    const joined = this.#options.broker.join(this, hello, version);
    if (typeof joined === 'string') {
      this.#refuse(
        joined,
        joined === 'too-many-sessions' ? CLOSE_CODES.rateLimited : NORMAL_CLOSURE,
      );
      return;
    }
    this.#session = joined;
  }

  #probed(
    message: Extract<PlayerToSignaling, { type: 'probeResults' }>,
  ): RefusedReason | undefined {
    // Results that come after the budget are late, not wrong.
    if (this.#probing?.round !== message.round) return 'stale';
    this.#probing.settle(message.results);
    return undefined;
  }

  /** What was overtaken by events is counted and forgotten; what no honest page sends ends the connection. */
  #judge(refused: RefusedReason | undefined): void {
    if (refused === undefined) return;
    this.#options.counters.add('perigee_signaling_refused_messages_total', {
      from: 'player',
      reason: refused,
    });
    if (refused === 'not-yours' || refused === 'out-of-order') {
      this.#refuse('out-of-order', CLOSE_CODES.badMessage);
    }
  }

  #refuse(code: ErrorCode, closeCode: number): void {
    this.send(errorMessage(code));
    this.close(closeCode);
  }

  #leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelHello();
    this.#probing?.settle([]);
    if (this.#session !== undefined) this.#options.broker.gone(this, this.#session);
  }
}
