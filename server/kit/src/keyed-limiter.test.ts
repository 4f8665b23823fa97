import { expect, it } from 'vitest';
import { createKeyedLimiter } from './keyed-limiter.ts';

it('each key has a bucket of its own', () => {
  const limiter = createKeyedLimiter({ capacity: 1, refillPerSecond: 1, maxKeys: 10 });
  expect(limiter.take('a', 0)).toBe(true);
  expect(limiter.take('a', 0)).toBe(false);
  expect(limiter.take('b', 0)).toBe(true);
});

it('the table never grows beyond its limit, and quiet keys make room', () => {
  const limiter = createKeyedLimiter({ capacity: 1, refillPerSecond: 1, maxKeys: 3 });
  for (let n = 0; n < 1000; n += 1) limiter.take(`k${String(n)}`, 0);
  expect(limiter.size()).toBe(3);
  expect(limiter.take('new', 500)).toBe(false);
  expect(limiter.take('new', 5000)).toBe(true);
  expect(limiter.size()).toBe(1);
});
