// The one place where a session changes its state or ends, with the timers that belong to it.
import { BusError, publishTopic, TOPICS } from '@perigee/kit';
import { ERROR_CODES, type ErrorCode, type SessionState } from '@perigee/protocol';
import type { SessionContext } from './context.ts';
import { canBecome, derivedState, type Session } from './session.ts';

/** WebSocket close code of a connection whose session is over (RFC 6455 section 7.4.1). */
export const NORMAL_CLOSURE = 1000;

export type EndOptions = {
  readonly code: ErrorCode;
  readonly logTail?: readonly string[];
  /** Whether the edge does not know yet. */
  readonly tellEdge: boolean;
};

export class SessionLifecycle {
  readonly #context: SessionContext;
  /** Called when a slot may have come free or a place in the queue changed. */
  readonly #onRelease: () => void;

  constructor(context: SessionContext, onRelease: () => void) {
    this.#context = context;
    this.#onRelease = onRelease;
  }

  /** Decided changes: placing, queued. */
  become(session: Session, state: SessionState): void {
    if (session.state === state || !canBecome(session.state, state)) return;
    session.state = state;
    this.#publish(session, null);
    this.tell(session);
  }

  /** Brings the state in line with what is known of player and edge, and the resume window with it. */
  refresh(session: Session): void {
    if (session.state === 'ended' || session.edge === null) return;
    if (session.edge.reported === 'live' && !session.wasLive) {
      session.wasLive = true;
      session.cancelStartTimer();
    }
    this.become(session, derivedState(session));
    if (session.state === 'reconnecting') this.#openResumeWindow(session);
    else this.#closeResumeWindow(session);
  }

  /** Sends the player the state as it is. */
  tell(session: Session): void {
    const place = session.state === 'queued' ? this.#context.queue.placeOf(session) : null;
    session.toldPlace = place;
    session.player?.send({
      type: 'sessionUpdate',
      sessionId: session.sessionId,
      state: session.state,
      queuePosition: place,
    });
  }

  /** Ends the session after `delayMs` unless it went live (or ended) before; replaces the timer set before. */
  limitStart(
    session: Session,
    limit: { readonly delayMs: number; readonly code: ErrorCode },
  ): void {
    session.cancelStartTimer();
    session.cancelStartTimer = this.#context.clock.after(limit.delayMs, () => {
      this.end(session, { code: limit.code, tellEdge: true });
    });
  }

  /** Ends a session for good: timers, tables, edge, player, in this order. Idempotent. */
  end(session: Session, options: EndOptions): void {
    if (session.state === 'ended') return;
    const { player } = session;
    const context = this.#context;
    const hadStarted = session.edge !== null;
    session.state = 'ended';
    session.cancelStartTimer();
    this.#closeResumeWindow(session);
    context.table.remove(session);
    context.queue.remove(session);
    if (session.edge !== null && options.tellEdge) {
      const { sessionId } = session;
      const port = context.registry.port(session.edge.edgeNodeId);
      port?.send({ type: 'endSession', sessionId, code: options.code });
    }
    context.counters.add('perigee_sessions_ended_total', { code: options.code });
    // A hello that led nowhere is counted, not recorded: strangers must not fill the operator's list.
    if (session.isAnnounced) this.#publish(session, options.code);
    session.player = null;
    session.tokenForOffer = null;
    if (player !== null) {
      const { message, retryable } = ERROR_CODES[options.code];
      if (hadStarted) {
        const logTail = [...(options.logTail ?? [])];
        const { sessionId } = session;
        player.send({ type: 'sessionEnded', sessionId, code: options.code, message, logTail });
      } else {
        // It never was a session for the player: the page shows why it did not begin.
        player.send({ type: 'error', code: options.code, message, retryable });
      }
      player.close(NORMAL_CLOSURE);
    }
    this.#onRelease();
  }

  #openResumeWindow(session: Session): void {
    session.cancelResumeTimer ??= this.#context.clock.after(
      this.#context.config.resumeWindowMs,
      () => {
        session.cancelResumeTimer = null;
        if (this.#isStillPlaying(session)) this.#openResumeWindow(session);
        else this.end(session, { code: 'player-timeout', tellEdge: true });
      },
    );
  }

  /** The page lost its connection to us, but a fresh edge says that its media flows: the player is there. */
  #isStillPlaying({ edge }: Session): boolean {
    const { registry, clock } = this.#context;
    return edge?.reported === 'live' && registry.isFresh(edge.edgeNodeId, clock.nowMs());
  }

  #closeResumeWindow(session: Session): void {
    session.cancelResumeTimer?.();
    session.cancelResumeTimer = null;
  }

  #publish(session: Session, code: ErrorCode | null): void {
    const { sessionId, titleId, state } = session;
    const edgeNodeId = session.edge?.edgeNodeId ?? null;
    session.isAnnounced = true;
    this.#context.logger.info({ sessionId, edgeNodeId, state, code }, 'session state');
    try {
      publishTopic(this.#context.bus, TOPICS.sessionState, {
        sessionId,
        titleId,
        edgeNodeId,
        state,
        code,
      });
    } catch (err) {
      if (!(err instanceof BusError)) throw err;
      this.#context.logger.error({ err }, 'a session state was not published');
    }
  }
}
