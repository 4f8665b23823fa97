// Brings sessions onto edges: at once, or through the queue when every slot is taken.
import { randomUUID } from 'node:crypto';
import type { ErrorCode, LeaseId } from '@perigee/protocol';
import { background } from '@perigee/kit';
import type { Candidate } from '../placement/policy.ts';
import { place, type Choice, type PlaceOutcome, type ReserveOutcome } from '../placement/place.ts';
import type { SessionContext } from './context.ts';
import type { SessionLifecycle } from './lifecycle.ts';
import type { Session } from './session.ts';

/** Refusals after which waiting may help. */
const WAITABLE: ReadonlySet<ErrorCode> = new Set(['no-capacity', 'edge-lost', 'edge-draining']);

export class SessionPlacer {
  readonly #context: SessionContext;
  readonly #lifecycle: SessionLifecycle;
  #isPumping = false;
  #isPumpOwed = false;

  constructor(context: SessionContext, lifecycle: SessionLifecycle) {
    this.#context = context;
    this.#lifecycle = lifecycle;
  }

  /** Finds a slot for a new session, or a place in the queue, or ends it with the reason. */
  start(session: Session): void {
    background('place session', this.#placeOrQueue(session), this.#context.logger);
  }

  /** Tries the queue again: called when a slot may be free. */
  pump(): void {
    if (this.#context.queue.length === 0) return;
    if (this.#isPumping) {
      this.#isPumpOwed = true;
      return;
    }
    this.#isPumping = true;
    const done = this.#pumpAll().finally(() => {
      this.#isPumping = false;
      if (!this.#isPumpOwed) return;
      this.#isPumpOwed = false;
      this.pump();
    });
    background('pump queue', done, this.#context.logger);
  }

  async #pumpAll(): Promise<void> {
    const { queue } = this.#context;
    for (const session of queue.inOrder()) {
      if (queue.has(session)) await this.#placeOrQueue(session);
    }
    for (const [index, session] of queue.inOrder().entries()) {
      if (session.toldPlace !== index + 1) this.#lifecycle.tell(session);
    }
  }

  async #placeOrQueue(session: Session): Promise<void> {
    const { registry, clock, counters, queue } = this.#context;
    const isWaiting = queue.has(session);
    const candidates = registry.candidates({
      titleId: session.titleId,
      capabilities: session.capabilities,
      excluded: session.excludedEdges,
      nowMs: clock.nowMs(),
    });
    if (typeof candidates === 'string') {
      // Who waits already goes on waiting as long as an edge with the title may come back.
      const mayHope = isWaiting && registry.knowsTitle(session.titleId);
      if (candidates === 'no-capacity' || mayHope) this.#wait(session);
      else this.#giveUp(session, isWaiting ? 'no-edge' : candidates);
      return;
    }
    if (this.#isSomebodyFirst(session)) {
      this.#wait(session);
      // Whoever is first is tried once more: the slot may have come free this very moment.
      if (!isWaiting) this.pump();
      return;
    }
    const outcome = await this.#place(session, candidates);
    counters.add('perigee_placements_total', { outcome: outcome.kind });
    this.#settle(session, outcome);
  }

  #settle(session: Session, outcome: PlaceOutcome): void {
    if (outcome.kind === 'cancelled' || session.state === 'ended') return;
    if (outcome.kind === 'placed') return;
    const fatal = outcome.codes.find((code) => !WAITABLE.has(code));
    if (fatal === undefined) this.#wait(session);
    else this.#giveUp(session, fatal);
  }

  async #place(session: Session, candidates: readonly Candidate[]): Promise<PlaceOutcome> {
    const { policy, random } = this.#context;
    if (!this.#context.queue.has(session)) this.#lifecycle.become(session, 'placing');
    return place({
      policy,
      candidates,
      measurements: session.measurements,
      random,
      probe: (round, sites) => session.player?.probe(round, sites) ?? Promise.resolve([]),
      reserve: (choice) => this.#reserve(session, choice),
      isCancelled: () => session.state === 'ended',
    });
  }

  async #reserve(session: Session, choice: Choice): Promise<ReserveOutcome> {
    const { registry, config, clock } = this.#context;
    const { edgeNodeId } = choice.candidate;
    const port = registry.port(edgeNodeId);
    // While the player was measuring, the edge may have gone or gone quiet.
    if (port === undefined || !registry.isFresh(edgeNodeId, clock.nowMs())) return { kind: 'lost' };
    const { sessionId, titleId, capabilities } = session;
    const leaseId = randomUUID() as LeaseId;
    const { leaseTtlMs: ttlMs } = config;
    const outcome = await port.reserve(
      { type: 'reserve', leaseId, sessionId, kind: 'game', titleId, capabilities, ttlMs },
      {
        timeoutMs: choice.isLast ? config.reserveLastTimeoutMs : config.reserveTimeoutMs,
        onReserved: (isWarm) => {
          this.#take(session, { choice, leaseId, isWarm });
        },
      },
    );
    if (outcome.kind === 'timeout') {
      // It may still say yes: take that back now, and do not ask it again before it has answered.
      session.excludedEdges.add(edgeNodeId);
      port.send({ type: 'endSession', sessionId, code: 'no-capacity' });
    }
    if (outcome.kind === 'refused' && outcome.code === 'no-capacity') registry.setFull(edgeNodeId);
    return outcome;
  }

  #take(session: Session, taken: { choice: Choice; leaseId: LeaseId; isWarm: boolean }): void {
    const { registry, queue, config, clock, counters, logger } = this.#context;
    const { sessionId } = session;
    const { edgeNodeId } = taken.choice.candidate;
    if (session.state === 'ended') {
      // The player went while the edge was answering.
      registry.port(edgeNodeId)?.send({ type: 'endSession', sessionId, code: 'player-left' });
      return;
    }
    if (queue.remove(session)) this.#lifecycle.become(session, 'placing');
    registry.adjustFreeSlots(edgeNodeId, -1);
    session.edge = { edgeNodeId, leaseId: taken.leaseId, reported: 'starting' };
    session.reason = taken.choice.reason;
    session.title = registry.title(edgeNodeId, session.titleId) ?? null;
    const waitedMs = clock.nowMs() - session.createdMs;
    counters.add('perigee_placement_seconds_total', {}, waitedMs / 1000);
    logger.info({ sessionId, edgeNodeId, isWarm: taken.isWarm, waitedMs }, 'session placed');
    this.#lifecycle.refresh(session);
    this.#lifecycle.limitStart(session, { delayMs: config.offerTimeoutMs, code: 'edge-internal' });
  }

  /** Whether somebody who waits for the same title came before; who waits for an edge's late answer holds nobody up. */
  #isSomebodyFirst(session: Session): boolean {
    for (const waiting of this.#context.queue.inOrder()) {
      if (waiting === session) return false;
      if (waiting.titleId === session.titleId && waiting.excludedEdges.size === 0) return true;
    }
    return false;
  }

  #wait(session: Session): void {
    if (session.state === 'ended') return;
    const isNew = !this.#context.queue.has(session);
    if (!this.#context.queue.add(session)) {
      this.#giveUp(session, 'no-capacity');
      return;
    }
    if (!isNew) return;
    if (session.state === 'queued') this.#lifecycle.tell(session);
    else this.#lifecycle.become(session, 'queued');
  }

  #giveUp(session: Session, code: ErrorCode): void {
    this.#lifecycle.end(session, { code, tellEdge: false });
  }
}
