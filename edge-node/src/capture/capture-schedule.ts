// When to read the screen. Pure: time comes in as an argument.
//
// A title may draw one frame in several requests, and each makes damage of its own. Reading between two of them shows a torn frame, so
// capture waits until the drawing has been quiet for `settle`. How long that must be is learnt: long at first, and again whenever pieces
// are seen; short once enough frames came in one piece. Input makes it short at once, unless pieces were seen lately.

/** Quiet time after damage for a title that draws in pieces, ms (MEDIA.md: 1-2 ms joins them). */
export const SETTLE_LONG_MS = 1.5;
/** Quiet time for one that does not, ms (chosen: a damage event takes 0.3 ms). */
export const SETTLE_SHORT_MS = 0.3;
/** A title that never stops drawing is read after this, ms (chosen, not measured). */
export const SETTLE_LIMIT_MS = 4;
/** Damage this soon after other damage, by the server's clock, is a piece of the same frame, ms (chosen: far below any frame interval). */
const PIECE_WINDOW_MS = 4;
/** Frames in one piece before the short wait is trusted (chosen, not measured). */
const CLEAN_FRAMES_TO_TRUST = 30;
/** Tokens that may be saved: one frame may follow the last at once (input), a third may not. */
const BURST_TOKENS = 2;
/** Refill above the stream's rate, so that a title whose own 60 Hz is a little fast is not held back (lab: 66 for 60). */
const REFILL_RATIO = 1.1;

export type GrabGrant = {
  /** First damage that the grab shows. */
  readonly firstDamageMs: number;
};

export type DamageNote = {
  /** When the server was drawing: its own ms, uint32, wraps. Our clock would tell when we were free to look. */
  readonly serverMs: number;
  /** Input was injected since the last grab. */
  readonly answersInput: boolean;
};

export class CaptureSchedule {
  #fps: number;
  #tokens = BURST_TOKENS;
  #refilledMs: number;
  #firstDamageMs: number | undefined;
  #lastDamageMs = 0;
  #lastServerMs: number | undefined;
  #skipsLearning = false;
  #answersInput = false;
  #cleanFrames = 0;
  #sawPieces = false;
  #coalescedDamage = 0;

  constructor(fps: number, nowMs: number) {
    this.#fps = fps;
    this.#refilledMs = nowMs;
  }

  /** Damage events that did not get a grab of their own because the rate did not allow it. */
  get coalescedDamage(): number {
    return this.#coalescedDamage;
  }

  /** False while the rate allows no grab: then damage need not be looked at either. */
  hasToken(nowMs: number): boolean {
    return this.#tokensAt(nowMs) >= 1;
  }

  get hasDamage(): boolean {
    return this.#firstDamageMs !== undefined;
  }

  /** The screen was drawn on. */
  noteDamage(nowMs: number, { serverMs, answersInput }: DamageNote): void {
    // An answer to input may come beside the title's own rhythm: that is no piece of a frame, nor is what follows it.
    if (!answersInput) this.#learnPieces(nowMs, serverMs);
    else this.#skipsLearning = true;
    this.#answersInput ||= answersInput;
    if (this.#firstDamageMs === undefined) this.#firstDamageMs = nowMs;
    else if (this.#tokensAt(nowMs) < 1) this.#coalescedDamage += 1;
    this.#lastDamageMs = nowMs;
    this.#lastServerMs = serverMs;
  }

  /** When the grab is due (may lie in the past); undefined without damage. */
  dueAtMs(): number | undefined {
    const first = this.#firstDamageMs;
    if (first === undefined) return undefined;
    const quietAt = Math.min(this.#lastDamageMs + this.#settleMs(), first + SETTLE_LIMIT_MS);
    const missing = 1 - this.#tokens;
    const tokenAt = missing <= 0 ? -Infinity : this.#refilledMs + missing / this.#tokensPerMs();
    return Math.max(quietAt, tokenAt);
  }

  /** Takes the grab if it is due. */
  take(nowMs: number): GrabGrant | undefined {
    const dueAtMs = this.dueAtMs();
    if (dueAtMs === undefined || nowMs < dueAtMs) return undefined;
    const firstDamageMs = this.#firstDamageMs ?? nowMs;
    this.#tokens = this.#tokensAt(nowMs) - 1;
    this.#refilledMs = nowMs;
    this.#firstDamageMs = undefined;
    this.#answersInput = false;
    this.#cleanFrames += 1;
    if (this.#cleanFrames >= CLEAN_FRAMES_TO_TRUST) this.#sawPieces = false;
    return { firstDamageMs };
  }

  /** Drops damage that something else has read already (a full grab). */
  clear(): void {
    this.#firstDamageMs = undefined;
    this.#answersInput = false;
    this.#lastServerMs = undefined;
  }

  setFps(fps: number, nowMs: number): void {
    this.#tokens = this.#tokensAt(nowMs);
    this.#refilledMs = nowMs;
    this.#fps = fps;
  }

  /** Pieces are damage that follows other damage closely: after a pause within a burst, or after the grab (then a torn frame was sent). */
  #learnPieces(nowMs: number, serverMs: number): void {
    const isSkipped = this.#skipsLearning;
    if (this.#firstDamageMs === undefined) this.#skipsLearning = false;
    if (isSkipped || this.#lastServerMs === undefined) return;
    const gapMs = (serverMs - this.#lastServerMs) >>> 0;
    const isSameStroke =
      this.#firstDamageMs !== undefined && nowMs - this.#lastDamageMs < SETTLE_SHORT_MS / 2;
    if (gapMs >= PIECE_WINDOW_MS || isSameStroke) return;
    this.#cleanFrames = 0;
    this.#sawPieces = true;
  }

  #settleMs(): number {
    if (this.#sawPieces) return SETTLE_LONG_MS;
    const isTrusted = this.#answersInput || this.#cleanFrames >= CLEAN_FRAMES_TO_TRUST;
    return isTrusted ? SETTLE_SHORT_MS : SETTLE_LONG_MS;
  }

  #tokensPerMs(): number {
    return (this.#fps * REFILL_RATIO) / 1000;
  }

  #tokensAt(nowMs: number): number {
    const refilled = this.#tokens + (nowMs - this.#refilledMs) * this.#tokensPerMs();
    return Math.min(BURST_TOKENS, refilled);
  }
}
