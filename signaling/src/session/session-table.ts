import type { EdgeNodeId, SessionId } from '@perigee/protocol';
import type { Session } from './session.ts';

/** Ended sessions remembered, so that an edge that still lists one is told again and does not bring it back. */
const MAX_REMEMBERED_ENDS = 4096;

/** All sessions that have not ended, found by id, by token, by edge. Bounded by the broker's limits. */
export class SessionTable {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byToken = new Map<string, Session>();
  readonly #perAddress = new Map<string, number>();
  readonly #ended = new Set<SessionId>();

  add(session: Session): void {
    this.#sessions.set(session.sessionId, session);
    const count = this.#perAddress.get(session.addressKey) ?? 0;
    this.#perAddress.set(session.addressKey, count + 1);
  }

  setToken(session: Session, tokenHash: string): void {
    if (session.tokenHash !== null) this.#byToken.delete(session.tokenHash);
    session.tokenHash = tokenHash;
    this.#byToken.set(tokenHash, session);
  }

  /** Removes an ended session. */
  remove(session: Session): void {
    if (!this.#sessions.delete(session.sessionId)) return;
    if (session.tokenHash !== null) this.#byToken.delete(session.tokenHash);
    const left = (this.#perAddress.get(session.addressKey) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(session.addressKey, left);
    else this.#perAddress.delete(session.addressKey);
    this.#ended.add(session.sessionId);
    if (this.#ended.size > MAX_REMEMBERED_ENDS) {
      const [oldest] = this.#ended;
      if (oldest !== undefined) this.#ended.delete(oldest);
    }
  }

  get(sessionId: SessionId): Session | undefined {
    return this.#sessions.get(sessionId);
  }

  findByToken(tokenHash: string): Session | undefined {
    return this.#byToken.get(tokenHash);
  }

  /** Whether the session ended here not long ago. */
  hasEnded(sessionId: SessionId): boolean {
    return this.#ended.has(sessionId);
  }

  onEdge(edgeNodeId: EdgeNodeId): Session[] {
    return this.all().filter((session) => session.edge?.edgeNodeId === edgeNodeId);
  }

  countOfAddress(addressKey: string): number {
    return this.#perAddress.get(addressKey) ?? 0;
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }

  get size(): number {
    return this.#sessions.size;
  }
}
