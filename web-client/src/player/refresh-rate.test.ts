import { expect, test } from 'vitest';
import { refreshRateFrom } from './refresh-rate.ts';

const times = (intervalMs: number): number[] =>
  Array.from({ length: 13 }, (_, i) => i * intervalMs);

test.each([
  [16.67, 60],
  [8.33, 120],
  [11.11, 90],
])('an interval of %d ms is %d Hz', (intervalMs, hz) => {
  expect(refreshRateFrom(times(intervalMs))).toBe(hz);
});

test('one long frame does not change the result', () => {
  const frames = times(16.67).map((time, i) => (i > 5 ? time + 180 : time));
  expect(refreshRateFrom(frames)).toBe(60);
});

test.each([[[]], [[5]], [times(0.4)], [times(400)]])('nonsense is taken for 60 Hz', (frames) => {
  expect(refreshRateFrom(frames)).toBe(60);
});
