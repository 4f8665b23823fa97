import { expect, it } from 'vitest';
import { WheelAccumulator } from './wheel-accumulator.ts';

it('makes a step of every whole notch and keeps the rest', () => {
  const wheel = new WheelAccumulator();
  expect(wheel.add(0, 60)).toEqual([]);
  expect(wheel.add(0, 60)).toEqual(['down']);
  expect(wheel.add(0, -240)).toEqual(['up', 'up']);
  expect(wheel.add(130, 0)).toEqual(['right']);
  expect(wheel.add(110, 0)).toEqual(['right']);
  expect(wheel.add(-120, 0)).toEqual(['left']);
});

it('begins afresh when the direction changes', () => {
  const wheel = new WheelAccumulator();
  wheel.add(0, 100);
  expect(wheel.add(0, -120)).toEqual(['up']);
});

it('forgets the rest on reset and bounds a jump', () => {
  const wheel = new WheelAccumulator();
  wheel.add(0, 119);
  wheel.reset();
  expect(wheel.add(0, 1)).toEqual([]);
  expect(wheel.add(0, 32_767)).toHaveLength(16);
});
