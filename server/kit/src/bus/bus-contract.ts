// One suite for every bus driver (DESIGN.md, decision 6): what a user of the bus may rely on, no more.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_BUS_PAYLOAD_BYTES, type Bus } from './bus.ts';

/** Declares the contract tests for a driver. Call it from a test file. */
export function describeBusContract(driver: string, createBus: () => Promise<Bus> | Bus): void {
  describe(`bus contract: ${driver}`, () => {
    let bus: Bus;
    beforeEach(async () => {
      bus = await createBus();
    });
    afterEach(async () => {
      await bus.close();
    });
    publishing(() => bus);
    groupsAndPatterns(() => bus);
    requests(() => bus);
    closing(() => bus);
  });
}

function publishing(bus: () => Bus): void {
  it('delivers to every subscription in the order of publication', async () => {
    const seen: unknown[][] = [[], []];
    bus().subscribe('a.b', (p) => seen[0]?.push(p));
    bus().subscribe('a.b', (p) => seen[1]?.push(p));
    await bus().flush();
    for (let n = 0; n < 100; n += 1) bus().publish('a.b', n);
    await bus().flush();
    const all = Array.from({ length: 100 }, (_, n) => n);
    expect(seen).toEqual([all, all]);
  });
  it('delivers after publish returns, never within it', async () => {
    let count = 0;
    bus().subscribe('a', () => (count += 1));
    await bus().flush();
    bus().publish('a', null);
    expect(count).toBe(0);
    await bus().flush();
    expect(count).toBe(1);
  });
  it('gives each receiver a copy of its own, as it was when published', async () => {
    const seen: { list: number[] }[] = [];
    const keep = (p: unknown): void => {
      const value = p as { list: number[] };
      value.list.push(99);
      seen.push(value);
    };
    bus().subscribe('copy', keep);
    bus().subscribe('copy', keep);
    await bus().flush();
    const sent = { list: [1] };
    bus().publish('copy', sent);
    sent.list.push(2);
    await bus().flush();
    expect(seen).toEqual([{ list: [1, 99] }, { list: [1, 99] }]);
    expect(sent.list).toEqual([1, 2]);
  });
  it('carries bytes, nested values and null', async () => {
    const value = { bytes: Uint8Array.of(0, 255), nested: [{ n: 1.5, none: null }], yes: true };
    let seen: unknown;
    bus().subscribe('v', (p) => (seen = p));
    await bus().flush();
    bus().publish('v', value);
    await bus().flush();
    expect(seen).toMatchObject({ nested: value.nested, yes: true });
    expect([...(seen as typeof value).bytes]).toEqual([0, 255]);
  });
  it('keeps going when a handler throws', async () => {
    let count = 0;
    bus().subscribe('t', () => {
      throw new Error('on purpose');
    });
    bus().subscribe('t', () => (count += 1));
    await bus().flush();
    bus().publish('t', 1);
    bus().publish('t', 2);
    await bus().flush();
    expect(count).toBe(2);
  });
  it('refuses a payload above the limit', () => {
    expect(() => {
      bus().publish('big', new Uint8Array(MAX_BUS_PAYLOAD_BYTES + 1));
    }).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
  it.each(['', 'a..b', 'a.*', '>', 'a b'])('refuses to publish to %j', (subject) => {
    expect(() => {
      bus().publish(subject, 1);
    }).toThrow(TypeError);
  });
}

function groupsAndPatterns(bus: () => Bus): void {
  it('gives a message to one member of a queue group', async () => {
    const counts = [0, 0];
    bus().subscribe('q', () => (counts[0] = (counts[0] ?? 0) + 1), { queueGroup: 'g' });
    bus().subscribe('q', () => (counts[1] = (counts[1] ?? 0) + 1), { queueGroup: 'g' });
    await bus().flush();
    for (let n = 0; n < 50; n += 1) bus().publish('q', n);
    await bus().flush();
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(50);
  });
  it('matches * to one token and > to the rest', async () => {
    const seen: string[] = [];
    bus().subscribe('hb.*.x', (_p, s) => seen.push(`star ${s}`));
    bus().subscribe('hb.>', (_p, s) => seen.push(`rest ${s}`));
    await bus().flush();
    for (const subject of ['hb.1.x', 'hb.1.2.x', 'hb', 'hb.1.y']) bus().publish(subject, 0);
    await bus().flush();
    expect(seen.sort()).toEqual(['rest hb.1.2.x', 'rest hb.1.x', 'rest hb.1.y', 'star hb.1.x']);
  });
  it('sends nothing to a closed subscription', async () => {
    let count = 0;
    const subscription = bus().subscribe('s', () => (count += 1));
    await bus().flush();
    bus().publish('s', 1);
    subscription.close();
    subscription.close();
    bus().publish('s', 2);
    await bus().flush();
    expect(count).toBeLessThanOrEqual(1);
  });
}

function requests(bus: () => Bus): void {
  it('answers a request', async () => {
    bus().respond('sum', (p) => Promise.resolve((p as number[]).reduce((a, b) => a + b, 0)));
    await bus().flush();
    await expect(bus().request('sum', [1, 2, 3], { timeoutMs: 2000 })).resolves.toBe(6);
  });
  it('fails at once with no-responders', async () => {
    await expect(bus().request('nobody', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'no-responders',
      retryable: true,
    });
  });
  it('fails with timeout when the responder is silent', async () => {
    bus().respond('slow', () => new Promise(() => undefined));
    await bus().flush();
    await expect(bus().request('slow', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
    });
  });
  it('fails with handler-failed when the responder throws', async () => {
    bus().respond('bad', () => Promise.reject(new Error('on purpose')));
    await bus().flush();
    await expect(bus().request('bad', 1, { timeoutMs: 2000 })).rejects.toMatchObject({
      code: 'handler-failed',
    });
  });
  it('does not deliver requests to plain subscriptions as answers', async () => {
    bus().subscribe('only.listens', () => undefined);
    bus().respond('only.answers', () => Promise.resolve('yes'));
    await bus().flush();
    await expect(bus().request('only.answers', 1, { timeoutMs: 2000 })).resolves.toBe('yes');
  });
}

function closing(bus: () => Bus): void {
  it('rejects waiting and later requests with closed', async () => {
    bus().respond('never', () => new Promise(() => undefined));
    await bus().flush();
    const waiting = expect(bus().request('never', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'closed',
    });
    await bus().close();
    await waiting;
    await expect(bus().request('never', 1, { timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'closed',
    });
    expect(() => {
      bus().publish('x', 1);
    }).toThrow(expect.objectContaining({ code: 'closed' }));
  });
}
