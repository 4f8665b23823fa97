// What edges say about sessions, and what happens to the sessions of an edge that is lost.
import { BusError, publishTopic, TOPICS, type CancelTimer } from '@perigee/kit';
import {
  CLOSE_CODES,
  MAX_CANDIDATES_PER_PEER,
  type EdgeFacts,
  type EdgeNodeId,
  type EdgeToSignaling,
  type Heartbeat,
  type SessionId,
  type SessionState,
} from '@perigee/protocol';
import type { EdgeMessage, EdgePort } from '../edge/edge-link.ts';
import type { SessionContext } from './context.ts';
import type { SessionLifecycle } from './lifecycle.ts';
import type { SessionPlacer } from './placer.ts';
import { createResumeToken, hashResumeToken } from './resume-token.ts';
import type { Session } from './session.ts';

type Message<Type extends EdgeToSignaling['type']> = Extract<EdgeToSignaling, { type: Type }>;

export class EdgeBroker {
  readonly #context: SessionContext;
  readonly #lifecycle: SessionLifecycle;
  readonly #placer: SessionPlacer;
  /** Edges that are lost or have not yet said, after coming back, which sessions they still run. */
  readonly #graces = new Map<EdgeNodeId, CancelTimer>();

  constructor(context: SessionContext, lifecycle: SessionLifecycle, placer: SessionPlacer) {
    this.#context = context;
    this.#lifecycle = lifecycle;
    this.#placer = placer;
  }

  /** A proven link. @returns false when another key holds the id, or there are too many edges */
  onOpen(port: EdgePort, edge: { publicKeyHex: string; facts: EdgeFacts }): boolean {
    const { registry, clock, logger } = this.#context;
    const replaced = registry.open(port, edge, clock.nowMs());
    if (replaced === 'refused') return false;
    replaced?.close(CLOSE_CODES.goingAway);
    for (const session of this.#context.table.all()) session.excludedEdges.delete(port.edgeNodeId);
    const { edgeNodeId } = port;
    logger.info(
      { edgeNodeId, slots: edge.facts.slots, missingProtections: edge.facts.missingProtections },
      'edge online',
    );
    // Its sessions are not safe before its first heartbeat names them.
    this.#endGrace(edgeNodeId);
    if (this.#context.table.onEdge(edgeNodeId).length > 0) this.#startGrace(edgeNodeId);
    this.publishFacts(edge);
    this.#placer.pump();
    return true;
  }

  /** The link of an edge closed: its sessions wait a short while for it to come back. */
  onClosed(port: EdgePort): void {
    const { registry, logger } = this.#context;
    if (!registry.lose(port)) return; // a newer link took its place
    const { edgeNodeId } = port;
    logger.warn({ edgeNodeId }, 'edge link lost');
    this.#startGrace(edgeNodeId);
    this.#publish(() => {
      publishTopic(this.#context.bus, TOPICS.edgeGone, { edgeNodeId });
    });
  }

  onMessage(port: EdgePort, message: EdgeMessage): void {
    const { registry, clock } = this.#context;
    switch (message.type) {
      case 'heartbeat':
        this.#heartbeat(port, message);
        return;
      case 'edgeFacts':
        this.publishFacts(registry.setFacts(port, message.facts, clock.nowMs()));
        this.#placer.pump();
        return;
      case 'edgeOffer':
        this.#withSession(port, message.sessionId, (session) => {
          this.#offer(session, message);
        });
        return;
      case 'candidate':
        this.#withSession(port, message.sessionId, (session) => {
          this.#candidate(session, message);
        });
        return;
      case 'edgeSessionState':
        this.#withSession(port, message.sessionId, (session) => {
          this.#report(session, message.state);
        });
        return;
      case 'edgeSessionEnded':
        this.#ended(port, message);
        return;
    }
  }

  /** An answer to a reservation that was given up: the edge is free to be asked again once nothing is left of it there. */
  onLateAnswer(port: EdgePort, answer: { sessionId: SessionId; isReserved: boolean }): void {
    this.#context.counters.add('perigee_signaling_refused_messages_total', {
      from: 'edge',
      reason: 'late-answer',
    });
    if (answer.isReserved) return; // `endSession` is on its way, `edgeSessionEnded` follows
    this.#context.table.get(answer.sessionId)?.excludedEdges.delete(port.edgeNodeId);
    this.#placer.pump();
  }

  /** Tells the control plane about an edge; nothing when there is nothing to tell. */
  publishFacts(edge: { publicKeyHex: string; facts: EdgeFacts } | undefined): void {
    if (edge === undefined) return;
    this.#publish(() => {
      publishTopic(this.#context.bus, TOPICS.edgeFacts, edge);
    });
  }

  /** Cancels every timer. */
  close(): void {
    for (const cancel of this.#graces.values()) cancel();
    this.#graces.clear();
  }

  #startGrace(edgeNodeId: EdgeNodeId): void {
    const { clock, config, registry, table } = this.#context;
    this.#endGrace(edgeNodeId);
    const cancel = clock.after(config.edgeGraceMs, () => {
      this.#graces.delete(edgeNodeId);
      registry.forget(edgeNodeId);
      for (const session of table.onEdge(edgeNodeId)) {
        this.#lifecycle.end(session, { code: 'edge-lost', tellEdge: true });
      }
      this.#placer.pump();
    });
    this.#graces.set(edgeNodeId, cancel);
  }

  #endGrace(edgeNodeId: EdgeNodeId): void {
    this.#graces.get(edgeNodeId)?.();
    this.#graces.delete(edgeNodeId);
  }

  #heartbeat(port: EdgePort, heartbeat: Heartbeat): void {
    const { registry, table, clock } = this.#context;
    const { edgeNodeId } = port;
    registry.heartbeat(port, heartbeat, clock.nowMs());
    this.#endGrace(edgeNodeId);
    const listed = new Set(heartbeat.sessions.map((s) => s.sessionId));
    for (const session of table.onEdge(edgeNodeId)) {
      // Messages of one link keep their order, so an edge that knows the session lists it.
      if (!listed.has(session.sessionId))
        this.#lifecycle.end(session, { code: 'edge-lost', tellEdge: false });
    }
    for (const { sessionId, state } of heartbeat.sessions) this.#listed(port, sessionId, state);
    if (heartbeat.freeSlots > 0) this.#placer.pump();
  }

  #listed(port: EdgePort, sessionId: SessionId, state: SessionState): void {
    const session = this.#context.table.get(sessionId);
    if (session?.edge?.edgeNodeId === port.edgeNodeId) {
      this.#report(session, state);
      if (!session.isAttachOwed) return;
      session.isAttachOwed = false;
      port.send({ type: 'attachPeer', sessionId, capabilities: session.capabilities });
      return;
    }
    // It may be answering a reservation of ours this moment.
    const isAsked = session?.edge === null && !session.excludedEdges.has(port.edgeNodeId);
    if (isAsked) return;
    // Ended here, or older than this process: nobody holds a token for it. While its player's media flows it is left alone.
    if (session === undefined && state === 'live' && !this.#context.table.hasEnded(sessionId))
      return;
    port.send({ type: 'endSession', sessionId, code: 'resume-expired' });
  }

  #withSession(port: EdgePort, sessionId: SessionId, act: (session: Session) => void): void {
    const session = this.#context.table.get(sessionId);
    if (session?.edge?.edgeNodeId === port.edgeNodeId) {
      act(session);
      return;
    }
    // Ended a moment ago, or never this edge's.
    const reason = session === undefined ? 'stale' : 'not-yours';
    this.#context.counters.add('perigee_signaling_refused_messages_total', {
      from: 'edge',
      reason,
    });
  }

  #offer(session: Session, { peerId, sdp }: Message<'edgeOffer'>): void {
    const { player, title, reason } = session;
    session.cancelStartTimer();
    if (player === null || title === null || reason === null) {
      this.#context.counters.add('perigee_signaling_refused_messages_total', {
        from: 'edge',
        reason: 'stale',
      });
      return;
    }
    session.peer = { peerId, isAnswered: false, candidatesFromPlayer: 0, candidatesFromEdge: 0 };
    const resumeToken = this.#tokenFor(session);
    if (resumeToken === undefined) return;
    player.send({
      type: 'offer',
      sessionId: session.sessionId,
      peerId,
      sdp,
      resumeToken,
      resumed: session.isResumed,
      iceServers: [...this.#context.config.iceServers],
      title,
      reason,
    });
    if (session.wasLive) return;
    // The edge counts the same time; ours is the last resort.
    const delayMs = this.#context.config.leaseTtlMs;
    this.#lifecycle.limitStart(session, { delayMs, code: 'media-failed' });
  }

  /** The token lives here only while its player is connected; afterwards only its hash is left. */
  #tokenFor(session: Session): string | undefined {
    if (session.tokenForOffer === null) {
      session.tokenForOffer = createResumeToken();
      this.#context.table.setToken(session, hashResumeToken(session.tokenForOffer));
    }
    return session.tokenForOffer;
  }

  #candidate(session: Session, message: Message<'candidate'>): void {
    const { peer, player } = session;
    const { counters } = this.#context;
    if (peer === null || player === null || peer.peerId !== message.peerId) {
      counters.add('perigee_signaling_refused_messages_total', { from: 'edge', reason: 'stale' });
      return;
    }
    if (peer.candidatesFromEdge >= MAX_CANDIDATES_PER_PEER) {
      counters.add('perigee_signaling_refused_messages_total', {
        from: 'edge',
        reason: 'too-many-candidates',
      });
      return;
    }
    peer.candidatesFromEdge += 1;
    player.send(message);
  }

  #report(session: Session, state: SessionState): void {
    // Only signaling queues and places, and an end comes with its reason.
    if (state === 'queued' || state === 'placing' || state === 'ended') return;
    if (session.edge !== null) session.edge.reported = state;
    this.#lifecycle.refresh(session);
  }

  #ended(port: EdgePort, { sessionId, code, logTail }: Message<'edgeSessionEnded'>): void {
    const { registry, table } = this.#context;
    const session = table.get(sessionId);
    if (session !== undefined && session.edge?.edgeNodeId !== port.edgeNodeId) {
      // What is left of a reservation that was given up.
      session.excludedEdges.delete(port.edgeNodeId);
      this.#placer.pump();
      return;
    }
    registry.adjustFreeSlots(port.edgeNodeId, 1);
    if (session !== undefined) this.#lifecycle.end(session, { code, logTail, tellEdge: false });
    else this.#placer.pump();
  }

  #publish(publish: () => void): void {
    try {
      publish();
    } catch (err) {
      if (!(err instanceof BusError)) throw err;
      this.#context.logger.error({ err }, 'an edge event was not published');
    }
  }
}
