import { createTokenBucket, type TokenBucket, type TokenBucketOptions } from './token-bucket.ts';

export type KeyedLimiter = {
  /** @returns whether this key may go on now; also false when the table is full of other busy keys */
  take(key: string, nowMs: number): boolean;
  /** Keys remembered now; never above `maxKeys`. */
  readonly size: () => number;
};

/**
 * One token bucket per key (an address, an edge), in a table of bounded size.
 * When it is full, buckets that are full again are forgotten first; if all are busy, new keys are refused.
 */
export function createKeyedLimiter(
  options: TokenBucketOptions & { readonly maxKeys: number },
): KeyedLimiter {
  const buckets = new Map<string, TokenBucket>();
  const sweep = (nowMs: number): void => {
    for (const [key, bucket] of buckets) if (bucket.isFull(nowMs)) buckets.delete(key);
  };
  let lastSweepMs = Number.NEGATIVE_INFINITY;
  return {
    take(key, nowMs) {
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        // At most one sweep a second: a flood of new keys must not cost a walk of the table each.
        if (buckets.size >= options.maxKeys && nowMs - lastSweepMs >= 1000) {
          lastSweepMs = nowMs;
          sweep(nowMs);
        }
        if (buckets.size >= options.maxKeys) return false;
        bucket = createTokenBucket(options);
        buckets.set(key, bucket);
      }
      return bucket.take(nowMs);
    },
    size: () => buckets.size,
  };
}
