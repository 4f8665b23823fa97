// Time comes in as an argument: logic asks a Clock and a Timers, tests pass fakes (testing.ts).
import { performance } from 'node:perf_hooks';

/** A monotonic clock. */
export type Clock = {
  /** Milliseconds since some fixed moment of this process; never goes back. */
  nowMs(): number;
};

/** One-shot timers. */
export type Timers = {
  /**
   * Calls `callback` once after `delayMs`.
   * @returns a function that cancels it; calling that later or twice does nothing
   */
  after(delayMs: number, callback: () => void): CancelTimer;
};

export type CancelTimer = () => void;

/** The system's monotonic clock and timers. */
export const systemClock: Clock & Timers = Object.freeze({
  nowMs: () => performance.now(),
  after: (delayMs: number, callback: () => void): CancelTimer => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
});
