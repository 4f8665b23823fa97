import type { Clock, Timers } from '@perigee/kit';

/** Two keyframes on request are at least this far apart: a browser repeats its PLI while the keyframe is under way (chosen: a slow round trip). */
const MIN_INTERVAL_MS = 300;

/**
 * The one place that asks the encoder for keyframes, whoever wants one: a joining peer, PLI, FIR, the page. Requests within the interval
 * are not lost but answered together at its end, because the keyframe before them may itself have been lost.
 */
export class KeyframeArbiter {
  readonly #time: Clock & Timers;
  readonly #makeKeyframe: () => void;
  #lastMs = -Infinity;
  #cancelPending: (() => void) | undefined;
  #granted = 0;

  constructor(time: Clock & Timers, makeKeyframe: () => void) {
    this.#time = time;
    this.#makeKeyframe = makeKeyframe;
  }

  /** Keyframes asked for so far. */
  get granted(): number {
    return this.#granted;
  }

  /** A peer joins and its stream begins with a keyframe anyway (the source was resumed): what it asks for at once is answered by that one. */
  join(): void {
    this.close();
    this.#lastMs = this.#time.nowMs();
  }

  /** PLI, FIR or a request over the control channel. */
  request(): void {
    if (this.#cancelPending !== undefined) return;
    const waitMs = this.#lastMs + MIN_INTERVAL_MS - this.#time.nowMs();
    if (waitMs <= 0) this.#grant();
    else
      this.#cancelPending = this.#time.after(waitMs, () => {
        this.#grant();
      });
  }

  /** Drops a request that waits. */
  close(): void {
    this.#cancelPending?.();
    this.#cancelPending = undefined;
  }

  #grant(): void {
    this.close();
    this.#lastMs = this.#time.nowMs();
    this.#granted += 1;
    this.#makeKeyframe();
  }
}
