import { describe, expect, it } from 'vitest';
import { describeBusContract } from './bus-contract.ts';
import { createMemoryBus } from './memory-bus.ts';

describeBusContract('memory', () => createMemoryBus());

describe('memory bus', () => {
  it('drops what a slow consumer cannot take, and says so', async () => {
    const errors: unknown[] = [];
    const logger = { error: (fields: unknown) => void errors.push(fields) };
    const bus = createMemoryBus({ maxPendingMessages: 3, logger: logger as never });
    let count = 0;
    bus.subscribe('s', () => (count += 1));
    for (let n = 0; n < 10; n += 1) bus.publish('s', n);
    await bus.flush();
    expect(count).toBe(3);
    expect(errors).toHaveLength(7);
    bus.publish('s', 1);
    await bus.flush();
    expect(count).toBe(4);
  });
  it('refuses more waiting requests than its limit', async () => {
    const bus = createMemoryBus({ maxPendingRequests: 1 });
    bus.respond('r', () => new Promise(() => undefined));
    const first = bus.request('r', 1, { timeoutMs: 20 });
    await expect(bus.request('r', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'too-busy',
    });
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
  });
});
