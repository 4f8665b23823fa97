import { expect, it } from 'vitest';
import type { SessionState } from '@perigee/protocol';
import { canBecome } from './session.ts';

const STATES: SessionState[] = ['queued', 'placing', 'starting', 'live', 'reconnecting', 'ended'];

it('nothing comes after the end, everything may end', () => {
  expect(STATES.filter((to) => canBecome('ended', to))).toEqual([]);
  expect(STATES.filter((from) => canBecome(from, 'ended'))).toEqual(STATES.slice(0, 5));
});

it.each([
  ['queued', 'live'],
  ['placing', 'live'],
  ['live', 'queued'],
  ['live', 'placing'],
  ['live', 'starting'],
  ['starting', 'queued'],
  ['reconnecting', 'placing'],
] as const)('%s never becomes %s', (from, to) => {
  expect(canBecome(from, to)).toBe(false);
});
