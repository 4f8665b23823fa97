import { expect, test } from 'vitest';
import { FLOOD_RATE_BYTES_PER_SECOND, FLOOD_WINDOW_MS, FloodMeter } from './flood.ts';

const STEP_MS = 250;

function firstFlood(meter: FloodMeter, bytesPerSecond: number, durationMs: number): number | null {
  for (let atMs = 0; atMs <= durationMs; atMs += STEP_MS) {
    if (meter.sample((bytesPerSecond * atMs) / 1000, atMs)) return atMs;
  }
  return null;
}

test('a rate above the limit is a flood once it has lasted for a window', () => {
  const atMs = firstFlood(new FloodMeter(Infinity), FLOOD_RATE_BYTES_PER_SECOND * 1.1, 60_000);
  expect(atMs).toBe(FLOOD_WINDOW_MS);
});

test('a rate below the limit never is', () => {
  const meter = new FloodMeter(Infinity);
  expect(firstFlood(meter, FLOOD_RATE_BYTES_PER_SECOND * 0.9, 60_000)).toBeNull();
});

test('a burst shorter than the window is none', () => {
  const meter = new FloodMeter(Infinity);
  const burst = FLOOD_RATE_BYTES_PER_SECOND * 2;
  for (let atMs = 0; atMs <= 30_000; atMs += STEP_MS) {
    expect(meter.sample(Math.min(atMs / 1000, 1) * burst, atMs)).toBe(false);
  }
});

test('the total is a flood at any rate', () => {
  const meter = new FloodMeter(1000);
  expect(meter.sample(1000, 0)).toBe(false);
  expect(meter.sample(1001, 250)).toBe(true);
});
