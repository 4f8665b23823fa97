import { expect, it } from 'vitest';
import { DirtyRectangle } from './dirty-rectangle.ts';

it('is empty at first, after taking, and when damage lies outside', () => {
  const dirty = new DirtyRectangle();
  expect(dirty.take(640, 360)).toBeUndefined();
  dirty.add({ x: 0, y: 0, width: 10, height: 10 });
  expect(dirty.take(640, 360)).toEqual({ x: 0, y: 0, width: 10, height: 10 });
  expect(dirty.take(640, 360)).toBeUndefined();
  dirty.add({ x: 640, y: 0, width: 10, height: 10 });
  expect(dirty.take(640, 360)).toBeUndefined();
  dirty.add({ x: 10, y: 10, width: 0, height: 5 });
  expect(dirty.take(640, 360)).toBeUndefined();
});

it('is the smallest even rectangle around all damage', () => {
  const dirty = new DirtyRectangle();
  dirty.add({ x: 11, y: 21, width: 1, height: 1 });
  dirty.add({ x: 101, y: 33, width: 2, height: 4 });
  expect(dirty.take(640, 360)).toEqual({ x: 10, y: 20, width: 94, height: 18 });
});

it('is clipped to the picture', () => {
  const dirty = new DirtyRectangle();
  dirty.add({ x: -20, y: -20, width: 5000, height: 5000 });
  expect(dirty.take(640, 360)).toEqual({ x: 0, y: 0, width: 640, height: 360 });
});
