import { expect, test } from 'vitest';
import { isPlainLatin, textChange } from './text-change.ts';

test.each([
  ['', 'h', 0, 'h'],
  ['h', 'he', 0, 'e'],
  ['helo', 'hello', 1, 'lo'],
  ['hello', 'hell', 1, ''],
  ['teh', 'the', 2, 'he'],
  ['ni', '你', 2, '你'],
  ['a😀b', 'a😀', 1, ''],
  ['same', 'same', 0, ''],
])('%o becomes %o', (before, after, backspaces, insert) => {
  expect(textChange(before, after)).toEqual({ backspaces, insert });
});

test('Latin letters are shown while they are composed, other scripts when they are done', () => {
  expect(isPlainLatin('naïve Straße')).toBe(true);
  expect(isPlainLatin('don’t')).toBe(true);
  expect(isPlainLatin('か')).toBe(false);
  expect(isPlainLatin('ㅎ')).toBe(false);
});
