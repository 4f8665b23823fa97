import { expect, test } from 'vitest';
import { createFingerIds } from './finger-ids.ts';

test('fingers get the smallest free id, and a lifted one frees it', () => {
  const ids = createFingerIds(16);
  expect([ids.take(70), ids.take(71), ids.take(72)]).toEqual([0, 1, 2]);
  expect(ids.release(71)).toBe(1);
  expect(ids.take(90)).toBe(1);
  expect(ids.get(72)).toBe(2);
});

test('a finger that is down already gets no second id', () => {
  const ids = createFingerIds(16);
  ids.take(1);
  expect(ids.take(1)).toBeUndefined();
});

test('beyond the limit a finger is ignored', () => {
  const ids = createFingerIds(2);
  ids.take(1);
  ids.take(2);
  expect(ids.take(3)).toBeUndefined();
  expect(ids.release(3)).toBeUndefined();
  ids.clear();
  expect(ids.take(3)).toBe(0);
});
