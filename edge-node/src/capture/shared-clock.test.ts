import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { clockOffsetUs } from './shared-clock.ts';

it('tells the same time in another thread', async () => {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { sharedClock } = await import(workerData.module);
    parentPort.postMessage(sharedClock(workerData.offsetUs)());`;
  const module = new URL('./shared-clock.ts', import.meta.url).href;
  const beforeMs = performance.timeOrigin + performance.now();
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module, offsetUs: clockOffsetUs() },
  });
  const [toldMs] = (await once(worker, 'message')) as [number];
  const afterMs = performance.timeOrigin + performance.now();
  expect(toldMs).toBeGreaterThan(beforeMs - 0.2);
  expect(toldMs).toBeLessThan(afterMs + 0.2);
});
