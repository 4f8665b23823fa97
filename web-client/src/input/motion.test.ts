import { expect, test } from 'vitest';
import { wheelUnits } from './motion.ts';

test.each([
  [100, 0, 120],
  [-100, 0, -120],
  [12.5, 0, 15],
  [3, 1, 120],
  [1, 2, 120],
])('a delta of %d in mode %d is %d units', (delta, mode, units) => {
  expect(wheelUnits(delta, mode)).toBeCloseTo(units, 9);
});
