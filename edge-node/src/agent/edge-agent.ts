// The agent: owner of the slots and authority on leases. It answers `reserve`, keeps one warm slot, and relays between EdgeLink and hosts.
import { randomUUID } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { background, type Clock, type Logger, type Timers } from '@perigee/kit';
import type {
  EdgeToSignaling,
  ErrorCode,
  PeerId,
  SessionId,
  SignalingToEdge,
} from '@perigee/protocol';
import type { Title } from '../titles/title.ts';
import type { SlotParts } from './slot-parts.ts';
import { SlotSession, type SlotEvents, type SlotTimeouts } from './slot-session.ts';

export type EdgeAgentOptions = {
  readonly slots: number;
  readonly titles: ReadonlyMap<string, Title>;
  /** Whether one warm slot waits for the next player (DESIGN.md); false makes every start a cold one. */
  readonly keepWarm: boolean;
  readonly makeParts: (slot: number) => SlotParts;
  readonly send: (message: EdgeToSignaling) => boolean;
  readonly timeouts: SlotTimeouts & {
    /** A session without any connected peer ends after this long, ms: the last resort when signaling is gone too. */
    readonly abandonedMs: number;
    /** Wait before a new warm slot is made after one was taken, ms: not while the taken one is starting. */
    readonly rewarmMs: number;
  };
  readonly logger: Logger;
  readonly clock: Clock & Timers;
};

/** What the agent remembers of one taken slot. */
type Lease = {
  readonly session: SlotSession;
  readonly sessionId: SessionId;
  peerId: PeerId | undefined;
  isConnected: boolean;
  /** Stops the wait for the first connection. */
  cancelExpiry: () => void;
  ttlMs: number;
  /** A player was connected once: from then on losing the player is the resume window's matter. */
  wasLive: boolean;
  aloneSinceMs: number;
  stats: { rttMs: number | null; framesPerSecond: number; bitrateBps: number } | undefined;
};

export class EdgeAgent {
  readonly #options: EdgeAgentOptions;
  readonly #occupied = new Map<number, SlotSession>();
  readonly #leases = new Map<SessionId, Lease>();
  readonly #bySlot = new Map<SlotSession, Lease>();
  #warm: { session: SlotSession; ready: Promise<boolean> } | undefined;
  #isClosing = false;
  #rewarmTimer: NodeJS.Timeout | undefined;
  #prepareFailures = 0;
  /** Encoders found by trial, best first. */
  encoders: readonly string[] = [];
  /** Those that were tried before it, with the reason. */
  rejectedEncoders: readonly string[] = [];

  constructor(options: EdgeAgentOptions) {
    this.#options = options;
  }

  /** Makes the first warm slot. Resolves when it is warm (or broke; the log says why). */
  async start(): Promise<boolean> {
    if (!this.#options.keepWarm) return true;
    this.#ensureWarm();
    return (await this.#warm?.ready) ?? false;
  }

  /** One message of signaling, already checked. */
  onMessage(message: SignalingToEdge): void {
    switch (message.type) {
      case 'reserve':
        this.#reserve(message);
        return;
      case 'attachPeer': {
        const lease = this.#leases.get(message.sessionId);
        if (lease === undefined) this.#ended(message.sessionId, 'resume-expired', []);
        else this.#attach(lease, message.capabilities);
        return;
      }
      case 'answer':
      case 'candidate': {
        const lease = this.#leases.get(message.sessionId);
        if (lease === undefined || lease.peerId !== message.peerId) return;
        const { sessionId: _sessionId, ...rest } = message;
        lease.session.relay(rest);
        return;
      }
      case 'endSession': {
        const lease = this.#leases.get(message.sessionId);
        if (lease !== undefined) this.#close(lease.session, message.code);
        return;
      }
      case 'challenge':
      case 'edgeWelcome':
      case 'error':
        return;
    }
  }

  /** State for the heartbeat. Also ends sessions that nobody is connected to any more. */
  heartbeat(): Extract<EdgeToSignaling, { type: 'heartbeat' }> {
    const nowMs = this.#options.clock.nowMs();
    for (const lease of this.#leases.values()) {
      const aloneMs = nowMs - lease.aloneSinceMs;
      if (!lease.isConnected && aloneMs > this.#options.timeouts.abandonedMs) {
        this.#close(lease.session, 'player-timeout');
      }
    }
    return {
      type: 'heartbeat',
      freeSlots: this.#options.slots - this.#leases.size,
      warmSlots: this.#warm?.session.state === 'warm' ? 1 : 0,
      loadRatio: (loadavg()[0] ?? 0) / availableParallelism(),
      sessions: [...this.#leases.values()].map((lease) => ({
        sessionId: lease.sessionId,
        state: lease.isConnected ? ('live' as const) : ('reconnecting' as const),
        rttMs: lease.stats?.rttMs ?? null,
        framesPerSecond: lease.stats?.framesPerSecond ?? null,
        bitrateBps: lease.stats?.bitrateBps ?? null,
      })),
    };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#rewarmTimer);
    await Promise.all(
      [...this.#occupied.values()].map((session) => session.close('edge-draining')),
    );
  }

  #reserve(message: Extract<SignalingToEdge, { type: 'reserve' }>): void {
    const title = this.#options.titles.get(message.titleId);
    const refusal = this.#refusal(message, title);
    if (refusal !== undefined || title === undefined) {
      const code = refusal ?? 'unknown-title';
      this.#options.send({ type: 'refused', leaseId: message.leaseId, code });
      return;
    }
    const taken = this.#usableWarm();
    if (taken === undefined) {
      this.#options.send({ type: 'refused', leaseId: message.leaseId, code: 'no-capacity' });
      return;
    }
    this.#warm = undefined;
    const lease: Lease = {
      session: taken.session,
      sessionId: message.sessionId,
      peerId: undefined,
      isConnected: false,
      cancelExpiry: () => undefined,
      ttlMs: message.ttlMs,
      wasLive: false,
      aloneSinceMs: this.#options.clock.nowMs(),
      stats: undefined,
    };
    this.#leases.set(message.sessionId, lease);
    this.#bySlot.set(taken.session, lease);
    this.#options.send({
      type: 'reserved',
      leaseId: message.leaseId,
      sessionId: message.sessionId,
      warm: taken.session.state === 'warm',
    });
    const begin = (isReady: boolean): void => {
      if (!isReady || this.#leases.get(message.sessionId) !== lease) return; // onClosed tells signaling
      taken.session.take(message.sessionId, title);
      this.#attach(lease, message.capabilities);
    };
    if (taken.session.state === 'warm') begin(true);
    else background('begin session', taken.ready.then(begin), this.#options.logger);
    this.#rewarmLater();
  }

  /**
   * Counted from each offer, as long as nobody was ever connected: a reload during a slow first connection gets the whole time again.
   */
  #expireLater(lease: Lease): void {
    lease.cancelExpiry();
    lease.cancelExpiry = this.#options.clock.after(lease.ttlMs, () => {
      this.#close(lease.session, 'media-failed');
    });
  }

  #refusal(
    message: Extract<SignalingToEdge, { type: 'reserve' }>,
    title: Title | undefined,
  ): ErrorCode | undefined {
    if (this.#isClosing) return 'edge-draining';
    if (message.kind !== 'game' || title === undefined) return 'unknown-title';
    if (this.#leases.has(message.sessionId)) return 'out-of-order';
    if (this.#leases.size >= this.#options.slots) return 'no-capacity';
    return undefined;
  }

  #attach(lease: Lease, capabilities: Parameters<SlotSession['createPeer']>[1]): void {
    // The newest peer is the player; what the old one says from now on is ignored.
    lease.peerId = randomUUID() as PeerId;
    lease.isConnected = false;
    lease.aloneSinceMs = this.#options.clock.nowMs();
    if (!lease.wasLive) this.#expireLater(lease);
    lease.session.createPeer(lease.peerId, capabilities);
  }

  /** The warm slot, or one that becomes warm; never one that broke and is being closed. */
  #usableWarm(): { session: SlotSession; ready: Promise<boolean> } | undefined {
    const state = this.#warm?.session.state;
    if (state === 'closing' || state === 'closed') this.#warm = undefined;
    this.#ensureWarm();
    return this.#warm;
  }

  #ensureWarm(): void {
    if (this.#isClosing || this.#warm !== undefined) return;
    const slot = this.#freeSlot();
    if (slot === undefined) return;
    const session: SlotSession = new SlotSession({
      slot,
      parts: this.#options.makeParts(slot),
      events: this.#eventsOf(() => session),
      timeouts: this.#options.timeouts,
      logger: this.#options.logger,
    });
    this.#occupied.set(slot, session);
    const ready = session.prepare().then((isReady) => {
      this.#prepareFailures = isReady ? 0 : this.#prepareFailures + 1;
      return isReady;
    });
    this.#warm = { session, ready };
  }

  #freeSlot(): number | undefined {
    for (let slot = 0; slot < this.#options.slots; slot++) {
      if (!this.#occupied.has(slot)) return slot;
    }
    return undefined;
  }

  /** After failures the wait doubles up to a minute, so that a broken host does not spin. */
  #rewarmLater(): void {
    clearTimeout(this.#rewarmTimer);
    if (this.#isClosing || !this.#options.keepWarm) return;
    const waitMs = Math.min(
      this.#options.timeouts.rewarmMs * 2 ** Math.min(this.#prepareFailures, 10),
      60_000,
    );
    this.#rewarmTimer = setTimeout(() => {
      this.#ensureWarm();
    }, waitMs);
  }

  #eventsOf(session: () => SlotSession): SlotEvents {
    const lease = (): Lease | undefined => this.#bySlot.get(session());
    return {
      onReady: (encoders, rejected) => {
        if (this.encoders.length === 0) {
          this.#options.logger.info({ encoders, rejected }, 'encoder chosen by trial');
        }
        this.encoders = encoders;
        this.rejectedEncoders = rejected;
      },
      onOffer: (peerId, sdp) => {
        const l = lease();
        if (l?.peerId !== peerId) return;
        this.#options.send({ type: 'edgeOffer', sessionId: l.sessionId, peerId, sdp });
      },
      onCandidate: ({ peerId, candidate, sdpMid, sdpMLineIndex }) => {
        const l = lease();
        if (l?.peerId !== peerId) return;
        const { sessionId } = l;
        this.#options.send({
          type: 'candidate',
          sessionId,
          peerId,
          candidate,
          sdpMid,
          sdpMLineIndex,
        });
      },
      onPeerState: (peerId, state) => {
        const l = lease();
        if (l?.peerId !== peerId) return;
        this.#onPeerState(l, state === 'connected');
      },
      onStats: (stats) => {
        const l = lease();
        if (l !== undefined) l.stats = stats;
      },
      onClosed: ({ code, logTail }) => {
        this.#onClosed(session(), code, logTail);
      },
    };
  }

  #onPeerState(lease: Lease, isConnected: boolean): void {
    if (!isConnected) lease.aloneSinceMs = this.#options.clock.nowMs();
    lease.isConnected = isConnected;
    if (isConnected) {
      lease.wasLive = true;
      lease.cancelExpiry();
    }
    this.#options.send({
      type: 'edgeSessionState',
      sessionId: lease.sessionId,
      state: isConnected ? 'live' : 'reconnecting',
    });
  }

  #onClosed(session: SlotSession, code: ErrorCode, logTail: readonly string[]): void {
    this.#occupied.delete(session.slot);
    if (this.#warm?.session === session) this.#warm = undefined;
    const lease = this.#bySlot.get(session);
    if (lease !== undefined) {
      lease.cancelExpiry();
      this.#bySlot.delete(session);
      this.#leases.delete(lease.sessionId);
      this.#ended(lease.sessionId, code, logTail);
    }
    this.#options.logger.info(
      { slot: session.slot, sessionId: lease?.sessionId, code },
      'slot free',
    );
    this.#rewarmLater();
  }

  #ended(sessionId: SessionId, code: ErrorCode, logTail: readonly string[]): void {
    this.#options.send({ type: 'edgeSessionEnded', sessionId, code, logTail: [...logTail] });
  }

  #close(session: SlotSession, code: ErrorCode): void {
    background('close slot', session.close(code), this.#options.logger);
  }
}
