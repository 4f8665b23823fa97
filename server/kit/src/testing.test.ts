import { expect, it } from 'vitest';
import { createFakeClock, createSeededRandom } from './testing.ts';

it('fires timers in the order they fall due, each at its own time', () => {
  const clock = createFakeClock(0);
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name}@${String(clock.nowMs())}`);
  clock.after(20, note('b'));
  clock.after(10, () => {
    note('a')();
    clock.after(5, note('nested'));
  });
  clock.after(15, note('cancelled'))();
  clock.advance(30);
  expect(seen).toEqual(['a@10', 'nested@15', 'b@20']);
  expect(clock.nowMs()).toBe(30);
  expect(clock.pendingTimers()).toBe(0);
});

it('gives the same numbers for the same seed', () => {
  const [a, b] = [createSeededRandom(7), createSeededRandom(7)];
  const numbers = Array.from({ length: 100 }, a);
  expect(Array.from({ length: 100 }, b)).toEqual(numbers);
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
});
