/** 10 ms of 48 kHz stereo s16le. */
export const CHUNK_SAMPLES = 480;
export const CHUNK_BYTES = CHUNK_SAMPLES * 4;
export const SAMPLE_RATE_HZ = 48_000;
/** Sound that waits longer is old: it is dropped rather than played late (40 ms). */
const MAX_BUFFERED_CHUNKS = 4;

/** Cuts a byte stream of samples into chunks of 10 ms. */
export class SampleChunker {
  #rest: Buffer = Buffer.alloc(0);
  #droppedChunks = 0;

  /** Chunks left out because they came too late, so far. */
  get droppedChunks(): number {
    return this.#droppedChunks;
  }

  /**
   * Whole chunks that are ready, oldest first: views of `bytes` where possible. When more than 40 ms are there at once, the oldest are
   * dropped; `skippedChunks` of the result tells how many, as they took time too.
   */
  push(bytes: Buffer): { readonly chunks: readonly Buffer[]; readonly skippedChunks: number } {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const count = Math.floor(all.length / CHUNK_BYTES);
    const skippedChunks = Math.max(0, count - MAX_BUFFERED_CHUNKS);
    this.#droppedChunks += skippedChunks;
    const chunks: Buffer[] = [];
    for (let i = skippedChunks; i < count; i++)
      chunks.push(all.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
    this.#rest = Buffer.from(all.subarray(count * CHUNK_BYTES));
    return { chunks, skippedChunks };
  }

  /** Forgets an unfinished chunk: the stream starts anew. */
  reset(): void {
    this.#rest = Buffer.alloc(0);
  }
}
