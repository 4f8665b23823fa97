// Rate limiting by token bucket. Pure: the caller passes the time.

export type TokenBucketOptions = {
  /** Largest burst, in tokens. */
  readonly capacity: number;
  readonly refillPerSecond: number;
};

export type TokenBucket = {
  /**
   * Takes `count` tokens (1 unless told) when they are there.
   * @param nowMs monotonic time; a time before the last one counts as the last one
   * @returns whether they were taken; when not, nothing is taken
   */
  take(nowMs: number, count?: number): boolean;
  /** Whether the bucket is full, so that forgetting it changes nothing. */
  isFull(nowMs: number): boolean;
};

/** Creates a full bucket. */
export function createTokenBucket({ capacity, refillPerSecond }: TokenBucketOptions): TokenBucket {
  let tokens = capacity;
  let lastMs: number | undefined;
  const refill = (nowMs: number): void => {
    if (lastMs !== undefined && nowMs > lastMs) {
      tokens = Math.min(capacity, tokens + ((nowMs - lastMs) / 1000) * refillPerSecond);
    }
    lastMs = Math.max(lastMs ?? nowMs, nowMs);
  };
  return {
    take(nowMs, count = 1) {
      refill(nowMs);
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
    isFull(nowMs) {
      refill(nowMs);
      return tokens >= capacity;
    },
  };
}
