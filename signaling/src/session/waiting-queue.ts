import type { Session } from './session.ts';

/** Players who wait for a slot, first come first served. Bounded. */
export class WaitingQueue {
  readonly #maxLength: number;
  readonly #waiting = new Set<Session>();

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** @returns false when the queue is full; a session that waits already keeps its place */
  add(session: Session): boolean {
    if (this.#waiting.has(session)) return true;
    if (this.#waiting.size >= this.#maxLength) return false;
    this.#waiting.add(session);
    return true;
  }

  /** @returns whether it was waiting */
  remove(session: Session): boolean {
    return this.#waiting.delete(session);
  }

  has(session: Session): boolean {
    return this.#waiting.has(session);
  }

  /** Place from 1, or null when it does not wait. */
  placeOf(session: Session): number | null {
    let place = 1;
    for (const waiting of this.#waiting) {
      if (waiting === session) return place;
      place += 1;
    }
    return null;
  }

  /** A copy, in order. */
  inOrder(): Session[] {
    return [...this.#waiting];
  }

  get length(): number {
    return this.#waiting.size;
  }
}
