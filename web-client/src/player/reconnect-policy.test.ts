import { expect, test } from 'vitest';
import { reconnectDelayMs } from './reconnect-policy.ts';

test('the first attempt is immediate, later ones wait up to 5 s', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => reconnectDelayMs(attempt, 0.5));
  expect(delays).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
});

test('chance moves a delay by at most a fifth', () => {
  expect(reconnectDelayMs(3, 0)).toBe(800);
  expect(reconnectDelayMs(3, 0.9999999)).toBe(1_200);
});
