/**
 * Extends wrapping counters (RTP sequence numbers, 16 bits; RTP timestamps, 32 bits) to numbers that never wrap.
 * Of the two readings the one nearer to the newest number is taken, so reordering by less than half the range is told from a wrap.
 */
export class SequenceUnwrapper {
  readonly #range: number;
  #newest: number | undefined;

  /** `bits` 1..32; the default is RTP's 16. */
  constructor(bits = 16) {
    this.#range = 2 ** bits;
  }

  /** `wrapped` 0..2^bits-1. The first call returns its argument; an older number may come out negative. */
  unwrap(wrapped: number): number {
    if (this.#newest === undefined) {
      this.#newest = wrapped;
      return wrapped;
    }
    const range = this.#range;
    const current = ((this.#newest % range) + range) % range;
    let delta = (wrapped - current + range) % range;
    if (delta >= range / 2) delta -= range;
    const unwrapped = this.#newest + delta;
    if (delta > 0) this.#newest = unwrapped;
    return unwrapped;
  }
}
