import { expect, it } from 'vitest';
import { Liveness } from './liveness.ts';

it('stays connected while anything arrives', () => {
  const liveness = new Liveness(0);
  liveness.connected(100);
  for (let s = 1; s < 60; s++) expect(liveness.look(s, s * 1000)).toBe('connected');
});

it('tells a silence, its end, and a lasting one', () => {
  const liveness = new Liveness(0);
  liveness.connected(0);
  expect(liveness.look(1, 1000)).toBe('connected');
  expect(liveness.look(1, 6000)).toBe('connected');
  expect(liveness.look(1, 7001)).toBe('disconnected');
  expect(liveness.look(2, 8000)).toBe('connected');
  expect(liveness.look(2, 23_001)).toBe('failed');
  expect(liveness.look(3, 24_000)).toBe('failed');
});

it('gives a connection that never comes up', () => {
  const liveness = new Liveness(0);
  expect(liveness.look(0, 15_000)).toBe('connecting');
  expect(liveness.look(0, 15_001)).toBe('failed');
});
