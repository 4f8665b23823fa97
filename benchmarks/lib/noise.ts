// How noisy the machine is right now: printed before every benchmark, because a figure from a busy machine is not a figure.
import { loadavg } from 'node:os';
import { quantile } from './statistics.ts';

/** Measures 200 one-millisecond timers (about 0.25 s) and prints load and timer lateness. */
export async function printNoise(): Promise<void> {
  const lateMs: number[] = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    lateMs.push(performance.now() - start - 1);
  }
  const load = loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
  process.stdout.write(
    `noise: load ${load}; 1 ms timer late by p50 ${quantile(lateMs, 0.5).toFixed(2)} p95 ${quantile(lateMs, 0.95).toFixed(2)} max ${Math.max(...lateMs).toFixed(2)} ms\n`,
  );
}
