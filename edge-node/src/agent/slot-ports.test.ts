import { expect, it } from 'vitest';
import { ConfigError } from '@perigee/kit';
import { splitPorts } from './slot-ports.ts';

it('gives each slot ports of its own, and all of them lie in the range', () => {
  const ranges = splitPorts([50_000, 50_029], 3);
  expect(ranges).toEqual([
    [50_000, 50_009],
    [50_010, 50_019],
    [50_020, 50_029],
  ]);
  expect(splitPorts([50_000, 50_026], 3).at(-1)).toEqual([50_018, 50_026]);
});

it('leaves the choice to the system where no range is given', () => {
  expect(splitPorts(null, 2)).toEqual([null, null]);
});

it.each([
  { range: [50_000, 50_014], why: 'one port too few', says: 'up to 50015' },
  { range: [50_000, 49_000], why: 'the last before the first', says: 'PERIGEE_ICE_PORT_MIN' },
  { range: [50_000, 0], why: 'no last port', says: 'PERIGEE_ICE_PORT_MIN' },
] as const)('refuses a range that does not do: $why', ({ range, says }) => {
  expect(() => splitPorts(range, 2)).toThrow(ConfigError);
  expect(() => splitPorts(range, 2)).toThrow(says);
});
