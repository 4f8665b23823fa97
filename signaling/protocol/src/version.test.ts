import { expect, test } from 'vitest';
import { negotiateVersion, PROTOCOL_VERSION_RANGE } from './version.ts';

const range = (min: number, max: number) => ({ min, max });

test.each([
  { a: range(1, 1), b: range(1, 1), version: 1 },
  { a: range(1, 2), b: range(2, 3), version: 2 },
  { a: range(2, 3), b: range(1, 9), version: 3 },
  { a: range(1, 1), b: range(2, 3), version: undefined },
  { a: range(4, 5), b: range(2, 3), version: undefined },
  { a: range(3, 1), b: range(1, 3), version: undefined },
])('$a and $b take $version', ({ a, b, version }) => {
  expect(negotiateVersion(a, b)).toBe(version);
  expect(negotiateVersion(b, a)).toBe(version);
});

test('this code speaks one version and the one before it', () => {
  const { min, max } = PROTOCOL_VERSION_RANGE;
  expect(max - min).toBeLessThanOrEqual(1);
  expect(negotiateVersion(PROTOCOL_VERSION_RANGE, PROTOCOL_VERSION_RANGE)).toBe(max);
});
