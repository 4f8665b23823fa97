// A title's output is read for ever, so that it never blocks; how fast and how much is bounded here.

/** Chosen: noisy titles seen in Debian stay below 100 kB/s. */
export const FLOOD_RATE_BYTES_PER_SECOND = 5_000_000;
export const FLOOD_WINDOW_MS = 3000;
const SAMPLE_MS = 250;

/** Decides from samples of the total whether a process floods. Pure; times in ms of any monotonic clock. */
export class FloodMeter {
  readonly #maxTotalBytes: number;
  readonly #samples: { atMs: number; bytes: number }[] = [];

  constructor(maxTotalBytes: number) {
    this.#maxTotalBytes = maxTotalBytes;
  }

  /** @returns true when the total is too much, or the rate over a whole window. */
  sample(totalBytes: number, atMs: number): boolean {
    if (totalBytes > this.#maxTotalBytes) return true;
    this.#samples.push({ atMs, bytes: totalBytes });
    // Keeps one sample that is at least a window old.
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - FLOOD_WINDOW_MS) this.#samples.shift();
    const oldest = this.#samples[0];
    if (oldest === undefined || atMs - oldest.atMs < FLOOD_WINDOW_MS) return false;
    const rate = ((totalBytes - oldest.bytes) * 1000) / (atMs - oldest.atMs);
    return rate > FLOOD_RATE_BYTES_PER_SECOND;
  }
}

/** Samples a running process. `onFlood` is called at most once. `stop()` ends it and tells whether it flooded. */
export function watchFlood(
  process: { outputBytes(): number },
  maxTotalBytes: number,
  onFlood: () => void,
): { stop(): boolean } {
  const meter = new FloodMeter(maxTotalBytes);
  let isFlooded = false;
  const timer = setInterval(() => {
    if (isFlooded || !meter.sample(process.outputBytes(), performance.now())) return;
    isFlooded = true;
    onFlood();
  }, SAMPLE_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return isFlooded;
    },
  };
}
