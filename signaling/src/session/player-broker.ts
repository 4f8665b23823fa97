// What players may do: begin, come back, answer, trickle, leave. Every right is checked here: the session belongs to the connection that
// speaks, and the peer is the newest one.
import { randomUUID } from 'node:crypto';
import {
  CLOSE_CODES,
  ERROR_CODES,
  MAX_CANDIDATES_PER_PEER,
  type ErrorCode,
  type PlayerId,
  type PlayerToSignaling,
  type SessionId,
} from '@perigee/protocol';
import type { SessionContext } from './context.ts';
import type { SessionLifecycle } from './lifecycle.ts';
import type { SessionPlacer } from './placer.ts';
import { hashResumeToken } from './resume-token.ts';
import type { PlayerPort, Session } from './session.ts';

type Message<Type extends PlayerToSignaling['type']> = Extract<PlayerToSignaling, { type: Type }>;

/** Why a message was not followed. `stale`: overtaken by events, nobody's fault; the others are the sender's fault. */
export type RefusedReason = 'stale' | 'not-yours' | 'out-of-order' | 'too-many-candidates';

export class PlayerBroker {
  readonly #context: SessionContext;
  readonly #lifecycle: SessionLifecycle;
  readonly #placer: SessionPlacer;

  constructor(context: SessionContext, lifecycle: SessionLifecycle, placer: SessionPlacer) {
    this.#context = context;
    this.#lifecycle = lifecycle;
    this.#placer = placer;
  }

  /**
   * A player's hello, once per connection.
   * @returns the session the connection holds from now on, or the code with which it is refused
   */
  join(player: PlayerPort, hello: Message<'hello'>, version: number): Session | ErrorCode {
    if (hello.capabilities.codecs.length === 0) return 'unsupported-browser';
    return this.#resume(player, hello, version) ?? this.#begin(player, hello, version);
  }

  /** @returns undefined when the answer went to the edge */
  answer(
    player: PlayerPort,
    session: Session,
    message: Message<'answer'>,
  ): RefusedReason | undefined {
    const refused = this.#check(player, session, message.sessionId);
    if (refused !== undefined) return refused;
    if (session.peer === null) return 'out-of-order';
    if (session.peer.peerId !== message.peerId) return 'stale';
    if (session.peer.isAnswered) return 'out-of-order';
    session.peer.isAnswered = true;
    return this.#relay(session, message);
  }

  /** @returns undefined when the candidate went to the edge */
  candidate(
    player: PlayerPort,
    session: Session,
    message: Message<'candidate'>,
  ): RefusedReason | undefined {
    const refused = this.#check(player, session, message.sessionId);
    if (refused !== undefined) return refused;
    if (session.peer === null) return 'out-of-order';
    if (session.peer.peerId !== message.peerId) return 'stale';
    if (session.peer.candidatesFromPlayer >= MAX_CANDIDATES_PER_PEER) return 'too-many-candidates';
    session.peer.candidatesFromPlayer += 1;
    return this.#relay(session, message);
  }

  /** @returns undefined when the session was ended */
  leave(player: PlayerPort, session: Session, sessionId: SessionId): RefusedReason | undefined {
    const refused = this.#check(player, session, sessionId);
    if (refused !== undefined) return refused;
    this.#lifecycle.end(session, { code: 'player-left', tellEdge: true });
    return undefined;
  }

  /** The connection is gone. A session whose token the player never got cannot be come back to, so it ends. */
  gone(player: PlayerPort, session: Session): void {
    if (session.player !== player) return;
    session.player = null;
    session.tokenForOffer = null;
    // From now on the resume window decides, not how long a start may take.
    session.cancelStartTimer();
    if (session.tokenHash === null) {
      this.#lifecycle.end(session, { code: 'player-left', tellEdge: true });
    } else {
      this.#lifecycle.refresh(session);
    }
  }

  #check(player: PlayerPort, session: Session, sessionId: SessionId): RefusedReason | undefined {
    if (sessionId !== session.sessionId) return 'not-yours';
    if (session.player !== player) return 'stale'; // taken over or ended a moment ago
    return undefined;
  }

  #relay(session: Session, message: Message<'answer' | 'candidate'>): RefusedReason | undefined {
    const port =
      session.edge === null ? undefined : this.#context.registry.port(session.edge.edgeNodeId);
    if (port === undefined) return 'stale'; // the link is lost; a new offer follows when it is back
    port.send(message);
    return undefined;
  }

  #begin(player: PlayerPort, hello: Message<'hello'>, version: number): Session | ErrorCode {
    const { table, config, clock } = this.#context;
    if (table.size >= config.maxSessions) return 'no-capacity';
    if (table.countOfAddress(player.addressKey) >= config.maxSessionsPerAddress) {
      return 'too-many-sessions';
    }
    const session: Session = {
      sessionId: randomUUID() as SessionId,
      playerId: randomUUID() as PlayerId,
      titleId: hello.titleId,
      addressKey: player.addressKey,
      createdMs: clock.nowMs(),
      capabilities: hello.capabilities,
      state: 'placing',
      edge: null,
      peer: null,
      player,
      tokenHash: null,
      tokenForOffer: null,
      isResumed: false,
      isAttachOwed: false,
      toldPlace: null,
      isAnnounced: false,
      wasLive: false,
      title: null,
      reason: null,
      measurements: [],
      excludedEdges: new Set(),
      cancelStartTimer: () => undefined,
      cancelResumeTimer: null,
    };
    table.add(session);
    this.#welcome(session, version);
    this.#placer.start(session);
    return session;
  }

  /** @returns undefined when there is nothing to come back to */
  #resume(player: PlayerPort, hello: Message<'hello'>, version: number): Session | undefined {
    if (hello.resumeToken === undefined) return undefined;
    const session = this.#context.table.findByToken(hashResumeToken(hello.resumeToken));
    if (session?.edge == null || session.titleId !== hello.titleId) return undefined;
    this.#context.counters.add('perigee_sessions_resumed_total');
    this.#takeOver(session);
    session.player = player;
    session.capabilities = hello.capabilities;
    session.tokenForOffer = hello.resumeToken;
    session.isResumed = true;
    this.#welcome(session, version);
    const stateBefore = session.state;
    this.#lifecycle.refresh(session);
    if (session.state === stateBefore) this.#lifecycle.tell(session);
    this.#askForPeer(session);
    return session;
  }

  /** The page that held the session until now is told and closed; the edge closes its peer when the new one is made. */
  #takeOver(session: Session): void {
    const former = session.player;
    if (former === null) return;
    this.#context.counters.add('perigee_sessions_taken_over_total');
    session.player = null;
    if (session.peer !== null) {
      former.send({
        type: 'peerClosed',
        sessionId: session.sessionId,
        peerId: session.peer.peerId,
        code: 'taken-over',
        message: ERROR_CODES['taken-over'].message,
      });
    }
    former.close(CLOSE_CODES.takenOver);
  }

  #askForPeer(session: Session): void {
    const { registry, config } = this.#context;
    const port = session.edge === null ? undefined : registry.port(session.edge.edgeNodeId);
    // What the player says of the old peer from now on is stale.
    session.peer = null;
    session.isAttachOwed = port === undefined;
    const { sessionId, capabilities } = session;
    port?.send({ type: 'attachPeer', sessionId, capabilities });
    this.#lifecycle.limitStart(session, { delayMs: config.offerTimeoutMs, code: 'edge-internal' });
  }

  #welcome(session: Session, version: number): void {
    const { playerId, sessionId } = session;
    session.player?.send({ type: 'welcome', version, playerId, sessionId });
  }
}
