import { expect, test } from 'vitest';
import {
  advanceCounter,
  advanceSequence,
  counterDelta,
  isNewerSequence,
  sequenceDifference,
} from './sequence-number.ts';

const MAX = 0xffff_ffff;
const HALF = 0x8000_0000;

test.each([
  { a: 0, b: 0, difference: 0 },
  { a: 1, b: 0, difference: 1 },
  { a: 0, b: 1, difference: -1 },
  { a: 0, b: MAX, difference: 1 },
  { a: MAX, b: 0, difference: -1 },
  { a: 5, b: MAX - 4, difference: 10 },
  { a: MAX - 4, b: 5, difference: -10 },
  { a: HALF, b: HALF - 1, difference: 1 },
  { a: HALF - 1, b: HALF, difference: -1 },
  { a: HALF - 1, b: 0, difference: HALF - 1 },
  { a: HALF + 1, b: 0, difference: -(HALF - 1) },
  { a: 0, b: HALF + 1, difference: HALF - 1 },
  // Half a circle away has no direction: older both ways.
  { a: HALF, b: 0, difference: -HALF },
  { a: 0, b: HALF, difference: -HALF },
  { a: MAX, b: HALF - 1, difference: -HALF },
])('uint32 $a comes $difference after $b', ({ a, b, difference }) => {
  expect(sequenceDifference(a, b)).toBe(difference);
  expect(isNewerSequence(a, b)).toBe(difference > 0);
});

test.each([
  { sequence: 0, count: 1, next: 1 },
  { sequence: MAX, count: 1, next: 0 },
  { sequence: MAX - 1, count: 4, next: 2 },
  { sequence: 0, count: -1, next: MAX },
  { sequence: 7, count: 2 ** 32, next: 7 },
  { sequence: 0, count: 5_000_000_000, next: 5_000_000_000 - 2 ** 32 },
])('uint32 $sequence moved on by $count is $next', ({ sequence, count, next }) => {
  expect(advanceSequence(sequence, count)).toBe(next);
});

test.each([
  { previous: 0, current: 0, delta: 0 },
  { previous: 65535, current: 0, delta: 1 },
  { previous: 0, current: 65535, delta: -1 },
  { previous: 65000, current: 200, delta: 736 },
  { previous: 200, current: 65000, delta: -736 },
  { previous: 0, current: 32767, delta: 32767 },
  { previous: 0, current: 32768, delta: -32768 },
  { previous: 40000, current: 40000 - 32768, delta: -32768 },
])('a counter that goes from $previous to $current moved $delta', (row) => {
  expect(counterDelta(row.current, row.previous)).toBe(row.delta);
  expect(advanceCounter(row.previous, row.delta)).toBe(row.current);
});
