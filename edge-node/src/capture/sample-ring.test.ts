import { expect, it } from 'vitest';
import { SampleRing } from './sample-ring.ts';

it('gives quantiles of the newest samples only', () => {
  const ring = new SampleRing(5);
  expect(ring.quantile(0.5)).toBe(0);
  ring.add(7);
  expect(ring.quantile(0.5)).toBe(7);
  for (const value of [100, 5, 1, 4, 2, 3]) ring.add(value);
  expect([0, 0.5, 1].map((ratio) => ring.quantile(ratio))).toEqual([1, 3, 5]);
});
