// When motion stops, the last picture was coded for motion: blurred by the frame's budget. Coding it again a few times, each time as the
// difference to what the player has, makes text sharp; then nothing is sent at all. Pure: time comes in as an argument.

/** Stillness before the first repetition, ms (chosen: three frames at 60/s). */
export const STILL_AFTER_MS = 50;
/** Between repetitions, ms (chosen: half the frame rate leaves the link to what moves). */
export const REPEAT_EVERY_MS = 34;
/** Repetitions; encode/decisions/encoder-settings.md has the quality reached after each. */
export const REPEAT_COUNT = 5;
/**
 * A repetition smaller than this part of a frame's budget had nothing left to add, and nor will the next. Measured at 6 Mbit/s (budget 12.5 kB):
 * flat areas repeat in 0.1-0.5 kB, text in about 10 kB until it is sharp. Each repetition costs about 2 ms of a core.
 */
export const SETTLED_RATIO = 0.08;

export class SharpenSchedule {
  #left = 0;
  #nextMs = 0;

  /** A changed picture was encoded. */
  noteChange(nowMs: number): void {
    this.#left = REPEAT_COUNT;
    this.#nextMs = nowMs + STILL_AFTER_MS;
  }

  /** When the next repetition is due; undefined when the picture is sharp. */
  dueAtMs(): number | undefined {
    return this.#left === 0 ? undefined : this.#nextMs;
  }

  /** Takes the repetition if it is due. */
  take(nowMs: number): boolean {
    if (this.#left === 0 || nowMs < this.#nextMs) return false;
    this.#left -= 1;
    this.#nextMs = nowMs + REPEAT_EVERY_MS;
    return true;
  }

  /** What the repetition came to: a tiny one is the last. */
  noteRepetition({ bytes, frameBudgetBytes }: { bytes: number; frameBudgetBytes: number }): void {
    if (bytes < frameBudgetBytes * SETTLED_RATIO) this.#left = 0;
  }

  stop(): void {
    this.#left = 0;
  }
}
