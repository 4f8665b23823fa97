import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createShutdown } from './shutdown.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

it('closes in the reverse order, once, and says that all went well', async () => {
  const order: string[] = [];
  const shutdown = createShutdown({ logger });
  for (const name of ['store', 'bus', 'server']) {
    shutdown.add(name, async () => {
      await Promise.resolve();
      order.push(name);
    });
  }
  expect(shutdown.signal.aborted).toBe(false);
  expect(await Promise.all([shutdown.run('test'), shutdown.run('again')])).toEqual([true, true]);
  expect(order).toEqual(['server', 'bus', 'store']);
  expect(shutdown.signal.aborted).toBe(true);
});

it('goes on after a part that throws or hangs', async () => {
  const order: string[] = [];
  const shutdown = createShutdown({ logger });
  shutdown.add('last', () => void order.push('last'));
  shutdown.add('hangs', () => new Promise(() => undefined), 20);
  shutdown.add('throws', () => {
    throw new Error('on purpose');
  });
  expect(await shutdown.run('test')).toBe(false);
  expect(order).toEqual(['last']);
});

it('exits after the first signal when all is closed, and at once at the second', async () => {
  const signals = new EventEmitter();
  const exits: number[] = [];
  let finish: () => void = () => undefined;
  let onExit: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => (onExit = resolve));
  const shutdown = createShutdown({
    logger,
    signals: signals as unknown as Pick<NodeJS.Process, 'on'>,
    exit: (code) => {
      exits.push(code);
      onExit();
    },
  });
  shutdown.add('slow', () => new Promise<void>((resolve) => (finish = resolve)));
  shutdown.handleSignals();
  signals.emit('SIGINT', 'SIGINT');
  expect(exits).toEqual([]);
  signals.emit('SIGTERM', 'SIGTERM');
  expect(exits).toEqual([1]);
  await Promise.resolve();
  finish();
  await shutdown.run('wait');
  await exited;
  await Promise.resolve();
  expect(exits).toEqual([1, 0]);
});
