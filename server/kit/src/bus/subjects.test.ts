import { expect, it } from 'vitest';
import { isSubject, isSubjectPattern, matchesSubject } from './subjects.ts';

it.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.b.c', false],
  ['a.*', 'a.b', true],
  ['a.*', 'a', false],
  ['a.*.c', 'a.b.c', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a.b', true],
  ['*', 'a.b', false],
])('pattern %j against subject %j: %j', (pattern, subject, isMatch) => {
  expect(matchesSubject(pattern, subject)).toBe(isMatch);
});

it('takes tokens joined by dots as a subject, wildcards only in patterns', () => {
  expect(['a', 'a.b-1_c'].every(isSubject)).toBe(true);
  expect(['', '.', 'a.', 'a..b', '*', 'a.>', 'a b', 'x'.repeat(300)].some(isSubject)).toBe(false);
  expect(['*', '>', 'a.*.>'].every(isSubjectPattern)).toBe(true);
  expect(['', '>.a', 'a.>.b', 'a*'].some(isSubjectPattern)).toBe(false);
});
