import { expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

it('a full bucket gives its whole capacity at once and no more', () => {
  const bucket = createTokenBucket({ capacity: 3, refillPerSecond: 1 });
  expect([0, 0, 0, 0].map((t) => bucket.take(t))).toEqual([true, true, true, false]);
});

it('tokens come back with time, up to the capacity', () => {
  const bucket = createTokenBucket({ capacity: 2, refillPerSecond: 10 });
  expect(bucket.take(0, 2)).toBe(true);
  expect(bucket.take(99)).toBe(false);
  expect(bucket.take(100)).toBe(true);
  expect(bucket.take(60_000, 2)).toBe(true);
  expect(bucket.take(60_000)).toBe(false);
});

it('a refused request takes nothing', () => {
  const bucket = createTokenBucket({ capacity: 2, refillPerSecond: 1 });
  expect(bucket.take(0, 3)).toBe(false);
  expect(bucket.take(0, 2)).toBe(true);
});

it('a clock that goes back adds nothing', () => {
  const bucket = createTokenBucket({ capacity: 1, refillPerSecond: 1 });
  expect(bucket.take(10_000)).toBe(true);
  expect(bucket.take(5000)).toBe(false);
  expect(bucket.take(10_500)).toBe(false);
  expect(bucket.take(11_000)).toBe(true);
});
