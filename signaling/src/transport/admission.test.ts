import { describe, expect, it } from 'vitest';
import { createConnectionAdmission, isSameOrigin } from './admission.ts';

const limits = { maxConnections: 3, maxConnectionsPerAddress: 2, connectsPerMinute: 1000 };

describe('connection admission', () => {
  it('limits connections per address and in all, and gives places back once', () => {
    const admission = createConnectionAdmission(limits);
    const leave = admission.enter('a', 0);
    expect(admission.enter('a', 0)).not.toBe(null);
    expect(admission.enter('a', 0)).toBe(null);
    expect(admission.enter('b', 0)).not.toBe(null);
    expect(admission.enter('c', 0)).toBe(null);
    leave?.();
    leave?.();
    expect(admission.size()).toBe(2);
    expect(admission.enter('c', 0)).not.toBe(null);
    expect(admission.enter('d', 0)).toBe(null);
  });
  it('limits how often one address may come', () => {
    const admission = createConnectionAdmission({ ...limits, connectsPerMinute: 5 });
    const come = (nowMs: number): boolean => {
      const leave = admission.enter('a', nowMs);
      leave?.();
      return leave !== null;
    };
    expect(Array.from({ length: 6 }, () => come(0))).toEqual([true, true, true, true, true, false]);
    expect(come(12_000)).toBe(true);
  });
});

it.each([
  [undefined, 'localhost:8080', true],
  ['http://localhost:8080', 'localhost:8080', true],
  ['https://play.example.net', 'play.example.net', true],
  ['https://play.example.net:443', 'play.example.net', true],
  ['https://evil.example', 'play.example.net', false],
  ['http://localhost:8081', 'localhost:8080', false],
  ['http://localhost', 'localhost:8080', false],
  ['null', 'localhost:8080', false],
  ['', 'localhost:8080', false],
  ['http://localhost:8080', undefined, false],
])('origin %j at host %j may connect: %j', (origin, host, isAllowed) => {
  expect(isSameOrigin(origin, host)).toBe(isAllowed);
});
