/** The newest samples of one quantity, bounded; used for medians. */
export class SampleRing {
  readonly #values: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  add(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** Value below which `ratio` (0..1) of the samples lie; 0 when there is none. */
  quantile(ratio: number): number {
    const size = Math.min(this.#count, this.#values.length);
    if (size === 0) return 0;
    const sorted = this.#values.slice(0, size).sort();
    return sorted[Math.floor((size - 1) * ratio)] ?? 0;
  }
}
