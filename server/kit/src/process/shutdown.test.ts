import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createFakeClock } from '../testing.ts';
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

function signalledShutdown() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const clock = createFakeClock();
  let onExit: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => (onExit = resolve));
  const shutdown = createShutdown({
    logger,
    clock,
    signals: signals as unknown as Pick<NodeJS.Process, 'on'>,
    exit: (code) => {
      exits.push(code);
      onExit();
    },
  });
  let finish: () => void = () => undefined;
  shutdown.add('slow', () => new Promise<void>((resolve) => (finish = resolve)));
  shutdown.handleSignals();
  return {
    clock,
    exits,
    exited,
    signal: (name: 'SIGINT' | 'SIGTERM') => void signals.emit(name, name),
    /** Lets the slow part close. */
    finish: async () => {
      await Promise.resolve();
      finish();
      await shutdown.run('wait');
    },
  };
}

it('exits after the first signal when all is closed, and at once at the second', async () => {
  const { clock, exits, exited, signal, finish } = signalledShutdown();
  signal('SIGINT');
  clock.advance(500);
  expect(exits).toEqual([]);
  signal('SIGTERM');
  expect(exits).toEqual([1]);
  await finish();
  await exited;
  await Promise.resolve();
  expect(exits).toEqual([1, 0]);
});

it('takes a signal that comes again within 500 ms for the same Ctrl-C', async () => {
  const { clock, exits, exited, signal, finish } = signalledShutdown();
  signal('SIGINT');
  signal('SIGINT');
  clock.advance(499);
  signal('SIGTERM');
  expect(exits).toEqual([]);
  await finish();
  await exited;
  expect(exits).toEqual([0]);
});
