// Everything a stranger can send, at the level of the state machines: quick enough for many cases. test/integration does it on sockets.
import { expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { encodeMessage, type PeerId, type SessionId } from '@perigee/protocol';
import {
  messageVectors,
  mutate,
  randomBelow,
  randomBytes,
  type Random,
} from '@perigee/protocol/vectors';
import {
  createEdgeKeyPair,
  createHarness,
  type FakeEdge,
  type FakePlayer,
  type Harness,
} from './test-harness.ts';

/** Messages over all seeds; each step is one of a player and one of an edge. */
const CASES = 120_000;
const LIMITS = {
  maxSessions: 50,
  maxSessionsPerAddress: 20,
  maxQueueLength: 10,
  maxConnections: 8,
};

const vectors = messageVectors.map((v) => v.bytes);
const pick = <T>(random: Random, list: readonly T[]): T | undefined =>
  list[randomBelow(random, list.length)];

/** Half mutations of valid vectors, a quarter valid ones of any direction, the rest chance. */
function anyBytes(random: Random): Uint8Array | null {
  const vector = pick(random, vectors) ?? new Uint8Array(0);
  const kind = random();
  if (kind < 0.5) return mutate(random, vector);
  if (kind < 0.75) return vector;
  if (kind < 0.8) return null;
  return randomBytes(random, randomBelow(random, 300));
}

/** What a page may say, mostly about its own session and at the right moment. */
function playerBytes(
  random: Random,
  player: FakePlayer,
  sessions: readonly SessionId[],
): Uint8Array {
  const offer = player.sent.findLast((m) => m.type === 'offer');
  const own = player.sent.findLast((m) => m.type === 'welcome')?.sessionId;
  const sessionId = (random() < 0.99 ? own : pick(random, sessions)) ?? ('none' as SessionId);
  const peerId = offer?.peerId ?? ('p0' as PeerId);
  const kind = randomBelow(random, 100);
  if (kind === 0) return encodeMessage({ type: 'leave', sessionId });
  if (offer === undefined ? kind < 90 : kind < 10) {
    return encodeMessage({ type: 'probeResults', round: 1, results: [] });
  }
  if (kind === 99) return encodeMessage({ type: 'answer', sessionId, peerId, sdp: 'v=0' });
  return encodeMessage({
    type: 'candidate',
    sessionId,
    peerId,
    candidate: '',
    sdpMid: null,
    sdpMLineIndex: 0,
  });
}

/** What an edge that is admitted may say, also about sessions that are not its own. */
function edgeBytes(random: Random, edge: FakeEdge, sessions: readonly SessionId[]): Uint8Array {
  const sessionId = pick(random, sessions) ?? ('none' as SessionId);
  const peerId = `p${String(randomBelow(random, 4))}` as PeerId;
  const reserve = edge.sent.findLast((m) => m.type === 'reserve');
  const kind = randomBelow(random, 9);
  if (kind <= 3 && reserve !== undefined) {
    const { leaseId } = reserve;
    return encodeMessage(
      kind > 0
        ? { type: 'reserved', leaseId, sessionId: reserve.sessionId, warm: true }
        : { type: 'refused', leaseId, code: 'no-capacity' },
    );
  }
  if (kind === 4) return encodeMessage({ type: 'edgeOffer', sessionId, peerId, sdp: 'v=0' });
  if (kind === 5)
    return encodeMessage({
      type: 'edgeSessionState',
      sessionId,
      state: pick(random, ['live', 'reconnecting', 'ended', 'queued'] as const) ?? 'live',
    });
  if (kind === 6 && random() < 0.3)
    return encodeMessage({
      type: 'edgeSessionEnded',
      sessionId,
      code: 'title-exited',
      logTail: [],
    });
  const listed = sessions.filter(() => random() < 0.97).slice(0, 100);
  return encodeMessage({
    type: 'heartbeat',
    freeSlots: randomBelow(random, 4),
    warmSlots: 0,
    loadRatio: 0,
    sessions: listed.map((id) => ({
      sessionId: id,
      state: 'live',
      rttMs: null,
      framesPerSecond: null,
      bitrateBps: null,
    })),
  });
}

async function step(
  h: Harness,
  random: Random,
  world: { edges: FakeEdge[]; players: FakePlayer[]; tokens: string[] },
): Promise<void> {
  const sessions = world.players.flatMap((p) =>
    p.sent.flatMap((m) => (m.type === 'welcome' ? [m.sessionId] : [])),
  );
  const slot = randomBelow(random, 6);
  let edge = world.edges[slot % 3];
  if (edge === undefined || edge.closeCode !== null) {
    const key = edge?.key ?? createEdgeKeyPair();
    edge = await h.edge({ edgeNodeId: `edge-${String(slot % 3)}` as never, slots: 3 }, key);
    world.edges[slot % 3] = edge;
  }
  let player = world.players[slot];
  if (player === undefined || player.closeCode !== null || random() < 0.02) {
    player?.drop();
    player = h.player(`192.0.2.${String(slot)}`);
    world.players[slot] = player;
    const resumeToken = random() < 0.5 ? pick(random, world.tokens) : undefined;
    await player.hello(resumeToken === undefined ? {} : { resumeToken });
  }
  const offer = player.sent.findLast((m) => m.type === 'offer');
  if (offer !== undefined) world.tokens[slot] = offer.resumeToken;
  player.sayBytes(random() < 0.95 ? playerBytes(random, player, sessions) : anyBytes(random));
  edge.sayBytes(random() < 0.95 ? edgeBytes(random, edge, sessions) : anyBytes(random));
  h.clock.advance(randomBelow(random, 400));
  // What was sent is kept short, or the test itself would grow.
  for (const socket of [player, edge]) if (socket.sent.length > 200) socket.sent.splice(0, 100);
}

it.each([1, 2, 3])(
  'no sequence of messages breaks it or makes it grow (seed %i)',
  { timeout: 60_000 },
  async (seed) => {
    const random = createSeededRandom(seed);
    const h = createHarness({ ...LIMITS, resumeWindowMs: 5000, edgeGraceMs: 2000 });
    const world = { edges: [], players: [], tokens: [] };
    for (let n = 0; n < CASES / 3 / 2; n += 1) {
      await step(h, random, world);
      const { sessions, queued, edges } = h.service.sizes();
      expect(sessions <= LIMITS.maxSessions && queued <= LIMITS.maxQueueLength && edges <= 8).toBe(
        true,
      );
      expect(h.clock.pendingTimers()).toBeLessThan(400);
    }
    const { counters } = h.service;
    expect(counters.total('perigee_signaling_malformed_messages_total')).toBeGreaterThan(500);
    expect(counters.total('perigee_sessions_taken_over_total')).toBeGreaterThan(10);
    expect(counters.total('perigee_signaling_refused_messages_total')).toBeGreaterThan(1000);
    // It still works, and once everybody is gone nothing is left.
    for (const player of world.players as FakePlayer[]) player.drop();
    for (const edge of world.edges as FakeEdge[]) edge.drop();
    h.clock.advance(200_000);
    await h.settle();
    expect(h.service.sizes()).toEqual({ sessions: 0, queued: 0, edges: 0 });
    const fresh = await h.edge({ edgeNodeId: 'fresh' as never });
    const { player } = await h.liveSession(fresh);
    expect(player.last('sessionUpdate').state).toBe('live');
    h.service.close();
    expect(h.clock.pendingTimers()).toBe(0);
  },
);
