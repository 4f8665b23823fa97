import { expect, it, test } from 'vitest';
import { SequenceUnwrapper } from './sequence-unwrapper.ts';

test.each([
  {
    name: 'counts on across the wrap',
    wrapped: [65_534, 65_535, 0, 1],
    expected: [65_534, 65_535, 65_536, 65_537],
  },
  {
    name: 'takes a packet from before the wrap for an old one',
    wrapped: [65_535, 0, 65_534, 1],
    expected: [65_535, 65_536, 65_534, 65_537],
  },
  {
    name: 'goes below its start when an older packet comes second',
    wrapped: [2, 65_535, 3],
    expected: [2, -1, 3],
  },
  {
    name: 'takes a jump of just under half the range for a step forward',
    wrapped: [0, 32_767],
    expected: [0, 32_767],
  },
  {
    name: 'takes a jump of half the range for a step back',
    wrapped: [0, 32_768],
    expected: [0, -32_768],
  },
  { name: 'repeats a number', wrapped: [7, 7], expected: [7, 7] },
])('$name', ({ wrapped, expected }) => {
  const unwrapper = new SequenceUnwrapper();
  expect(wrapped.map((n) => unwrapper.unwrap(n))).toEqual(expected);
});

it('follows many wraps from every kind of start', () => {
  for (const start of [0, 1, 32_767, 32_768, 65_534, 65_535]) {
    const unwrapper = new SequenceUnwrapper();
    for (let n = start; n < start + 300_000; n += 1009)
      expect(unwrapper.unwrap(n % 65_536)).toBe(n);
  }
});

it('unwraps 32-bit timestamps', () => {
  const unwrapper = new SequenceUnwrapper(32);
  expect(unwrapper.unwrap(0xffff_fff0)).toBe(0xffff_fff0);
  expect(unwrapper.unwrap(0x10)).toBe(0x1_0000_0010);
});
