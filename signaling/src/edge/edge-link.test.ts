import { describe, expect, it } from 'vitest';
import {
  CLOSE_CODES,
  encodeMessage,
  PROTOCOL_VERSION_RANGE,
  type EdgeNodeId,
} from '@perigee/protocol';
import {
  createEdgeKeyPair,
  createHarness,
  sayEdgeHello,
  signNonce,
  testFacts,
} from '../test-harness.ts';

describe('the EdgeLink challenge', () => {
  it('welcomes a key that is admitted and proven, under the id it was admitted as', async () => {
    const h = createHarness();
    const key = createEdgeKeyPair();
    h.admitted.set(Buffer.from(key.publicKey).toString('hex'), 'admitted-as' as EdgeNodeId);
    const edge = h.strangeEdge();
    expect(edge.types()).toEqual(['challenge']);
    sayEdgeHello(edge, { key, facts: testFacts({ edgeNodeId: 'claims-to-be' as EdgeNodeId }) });
    await h.settle();
    expect(edge.last('edgeWelcome')).toMatchObject({
      edgeNodeId: 'admitted-as',
      version: 1,
      heartbeatIntervalMs: 1000,
    });
  });

  it('refuses a key that was not admitted', async () => {
    const h = createHarness();
    const edge = h.strangeEdge();
    sayEdgeHello(edge, { key: createEdgeKeyPair() });
    await h.settle();
    expect(edge.last('error').code).toBe('unknown-key');
    expect(edge.closeCode).toBe(CLOSE_CODES.notAdmitted);
    expect(h.service.sizes().edges).toBe(0);
  });

  it.each([
    [
      'of another nonce',
      (key: ReturnType<typeof createEdgeKeyPair>) => signNonce(key, new Uint8Array(32)),
    ],
    ['of another key', (_key: unknown, nonce: Uint8Array) => signNonce(createEdgeKeyPair(), nonce)],
    ['of nothing', () => new Uint8Array(64)],
  ])('refuses a signature %s', async (_name, signature) => {
    const h = createHarness();
    const key = createEdgeKeyPair();
    h.admitted.set(Buffer.from(key.publicKey).toString('hex'), 'edge-1' as EdgeNodeId);
    const edge = h.strangeEdge();
    sayEdgeHello(edge, { key, signature: signature(key, edge.last('challenge').nonce) });
    await h.settle();
    expect(edge.last('error').code).toBe('bad-signature');
    expect(edge.closeCode).toBe(CLOSE_CODES.notAdmitted);
  });

  it('refuses a signature that was good on another connection', async () => {
    const h = createHarness();
    const first = await h.edge();
    const replay = h.strangeEdge();
    sayEdgeHello(replay, { key: first.key, nonce: first.last('challenge').nonce });
    await h.settle();
    expect(replay.last('error').code).toBe('bad-signature');
    expect(first.closeCode).toBe(null);
  });

  it('refuses bytes that are no point of the curve as a key', async () => {
    const h = createHarness();
    const edge = h.strangeEdge();
    const key = { ...createEdgeKeyPair(), publicKey: new Uint8Array(32).fill(0xff) };
    sayEdgeHello(edge, { key });
    await h.settle();
    expect(edge.last('error').code).toBe('bad-signature');
  });

  it('refuses versions that we do not speak', () => {
    const h = createHarness();
    const edge = h.strangeEdge();
    const key = createEdgeKeyPair();
    edge.say({
      type: 'edgeHello',
      versions: { min: PROTOCOL_VERSION_RANGE.max + 1, max: PROTOCOL_VERSION_RANGE.max + 1 },
      publicKey: key.publicKey,
      signature: signNonce(key, edge.last('challenge').nonce),
      facts: testFacts(),
    });
    expect(edge.closeCode).toBe(CLOSE_CODES.unsupportedVersion);
  });

  it('closes who says nothing', () => {
    const h = createHarness({ helloTimeoutMs: 10_000 });
    const edge = h.strangeEdge();
    h.clock.advance(9999);
    expect(edge.closeCode).toBe(null);
    h.clock.advance(1);
    expect(edge.closeCode).toBe(CLOSE_CODES.helloTimeout);
  });

  it('lets an edge try again when nobody could say whether it is admitted', async () => {
    const h = createHarness();
    await h.bus.close();
    const edge = h.strangeEdge();
    sayEdgeHello(edge, { key: createEdgeKeyPair() });
    await h.settle();
    expect(edge.last('error')).toMatchObject({ code: 'internal', retryable: true });
    expect(edge.closeCode).toBe(CLOSE_CODES.goingAway);
  });
});

describe('an EdgeLink that breaks the rules', () => {
  it('before the welcome nothing else counts', async () => {
    const h = createHarness();
    const early = h.strangeEdge();
    early.say({ type: 'heartbeat', freeSlots: 1, warmSlots: 1, loadRatio: 0, sessions: [] });
    expect(early.last('error').code).toBe('out-of-order');
    expect(early.closeCode).toBe(CLOSE_CODES.badMessage);
    const twice = h.strangeEdge();
    const key = createEdgeKeyPair();
    sayEdgeHello(twice, { key });
    sayEdgeHello(twice, { key });
    await h.settle();
    expect(twice.last('error').code).toBe('out-of-order');
    expect(twice.types()).not.toContain('edgeWelcome');
  });

  it.each([
    ['text instead of bytes', null],
    ['nothing', new Uint8Array(0)],
    ['no msgpack', Uint8Array.of(0xc1)],
    [
      'a message of the other direction',
      encodeMessage({ type: 'error', code: 'internal', message: 'x', retryable: true }).subarray(1),
    ],
  ])('malformed: %s', async (_name, bytes) => {
    const h = createHarness();
    const edge = await h.edge();
    edge.sayBytes(bytes);
    expect(edge.last('error').code).toBe('bad-message');
    expect(edge.closeCode).toBe(CLOSE_CODES.badMessage);
    expect(h.service.counters.total('perigee_signaling_malformed_messages_total')).toBe(1);
  });

  it('a flood is cut off', async () => {
    const h = createHarness({ edgeMessagesPerSecond: 10 });
    const edge = await h.edge();
    for (let n = 0; n < 100; n += 1) edge.heartbeat();
    expect(edge.last('error').code).toBe('rate-limited');
    expect(edge.closeCode).toBe(CLOSE_CODES.rateLimited);
    expect(h.service.counters.get('perigee_signaling_messages_total', { from: 'edge' })).toBe(41);
  });

  it('another key cannot take an id that is known; the same key can, and the newest link wins', async () => {
    const h = createHarness();
    const first = await h.edge();
    const thief = await h.edge({}, createEdgeKeyPair());
    expect(thief.last('error').code).toBe('duplicate-edge');
    expect(thief.closeCode).toBe(CLOSE_CODES.notAdmitted);
    expect(first.closeCode).toBe(null);
    const { player, sessionId } = await h.liveSession(first);
    const newer = await h.edge({}, first.key);
    expect(first.closeCode).toBe(CLOSE_CODES.goingAway);
    newer.lists(sessionId);
    h.clock.advance(60_000);
    expect(player.closeCode).toBe(null);
  });

  it('a lease answered for another session ends the link', async () => {
    const h = createHarness();
    const edge = await h.edge();
    await h.player().hello();
    const { leaseId } = edge.last('reserve');
    edge.say({ type: 'reserved', leaseId, sessionId: 'another' as never, warm: true });
    expect(edge.closeCode).toBe(CLOSE_CODES.badMessage);
  });

  it('answers for leases that were never asked for are counted', async () => {
    const h = createHarness();
    const edge = await h.edge();
    edge.say({ type: 'refused', leaseId: 'no-such' as never, code: 'no-capacity' });
    expect(edge.closeCode).toBe(null);
    expect(
      h.service.counters.get('perigee_signaling_refused_messages_total', {
        from: 'edge',
        reason: 'unknown-lease',
      }),
    ).toBe(1);
  });
});
