// What tests of several packages share. Not part of the running product.
import type { Clock, Timers } from './clock.ts';

export type FakeClock = Clock &
  Timers & {
    /** Moves time on; timers that fall due fire in order, each at its own time. */
    advance(ms: number): void;
    /** Timers that wait. */
    readonly pendingTimers: () => number;
  };

/** A clock that stands still until told. */
export function createFakeClock(startMs = 1000): FakeClock {
  let nowMs = startMs;
  let nextId = 0;
  const timers = new Map<number, { dueMs: number; callback: () => void }>();
  const nextDue = (
    untilMs: number,
  ): [number, { dueMs: number; callback: () => void }] | undefined =>
    [...timers]
      .filter(([, timer]) => timer.dueMs <= untilMs)
      .sort(([idA, a], [idB, b]) => a.dueMs - b.dueMs || idA - idB)[0];
  return {
    nowMs: () => nowMs,
    after: (delayMs, callback) => {
      const id = nextId++;
      timers.set(id, { dueMs: nowMs + Math.max(0, delayMs), callback });
      return () => {
        timers.delete(id);
      };
    },
    advance: (ms) => {
      const untilMs = nowMs + ms;
      for (let next = nextDue(untilMs); next !== undefined; next = nextDue(untilMs)) {
        timers.delete(next[0]);
        nowMs = next[1].dueMs;
        next[1].callback();
      }
      nowMs = untilMs;
    },
    pendingTimers: () => timers.size,
  };
}

export { seededRandom as createSeededRandom } from '@perigee/protocol/vectors';
export { describeBusContract } from './bus/bus-contract.ts';
