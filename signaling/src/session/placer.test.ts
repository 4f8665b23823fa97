import { describe, expect, it } from 'vitest';
import type { EdgeNodeId, SiteId } from '@perigee/protocol';
import { createHarness } from '../test-harness.ts';

const id = (
  n: number,
): { edgeNodeId: EdgeNodeId; siteId: SiteId; place: string; stunUrls: string[] } => ({
  edgeNodeId: `edge-${String(n)}` as EdgeNodeId,
  siteId: `site-${String(n)}` as SiteId,
  place: `Place ${String(n)}`,
  stunUrls: [`stun:192.0.2.${String(n)}:3478`],
});

describe('probing', () => {
  it('asks for one round over two sites and takes the nearer one', async () => {
    const h = createHarness();
    const far = await h.edge(id(1));
    const near = await h.edge(id(2));
    const player = h.player();
    await player.hello();
    expect(player.last('candidateSites')).toMatchObject({
      round: 1,
      budgetMs: 600,
      sites: [{ siteId: 'site-1' }, { siteId: 'site-2' }],
    });
    const result = (siteId: string, minRttMs: number) => ({
      siteId: siteId as SiteId,
      minRttMs,
      jitterMs: 1,
      lossRatio: 0,
      samples: 5,
    });
    // A site that nobody asked for is not believed.
    player.say({
      type: 'probeResults',
      round: 1,
      results: [result('site-1', 80), result('site-2', 12), result('site-3', 1)],
    });
    await h.settle();
    expect(far.types()).not.toContain('reserve');
    near.offer(near.reserve(), 'peer-1');
    expect(player.last('offer').reason).toMatchObject({
      chosen: { siteId: 'site-2', rttMs: 12 },
      runnerUp: { siteId: 'site-1', rttMs: 80 },
      sentence: 'Place 2 answered in 12 ms, Place 1 in 80 ms.',
    });
  });

  it('goes on without results when the browser is silent, and ignores late ones', async () => {
    const h = createHarness();
    const edges = [await h.edge(id(1)), await h.edge(id(2))];
    const player = h.player();
    await player.hello();
    h.clock.advance(1600);
    await h.settle();
    expect(edges.filter((e) => e.types().includes('reserve'))).toHaveLength(1);
    player.say({ type: 'probeResults', round: 1, results: [] });
    expect(player.closeCode).toBe(null);
  });

  it('ends the round when the player goes', async () => {
    const h = createHarness();
    const edges = [await h.edge(id(1)), await h.edge(id(2))];
    const player = h.player();
    await player.hello();
    player.drop();
    await h.settle();
    expect(edges.flatMap((e) => e.types())).not.toContain('reserve');
    expect(h.service.sizes().sessions).toBe(0);
  });
});

describe('reserving', () => {
  it('asks the next edge after a refusal', async () => {
    const h = createHarness();
    const edges = [
      await h.edge({ ...id(1), stunUrls: [] }),
      await h.edge({ ...id(2), stunUrls: [] }),
    ];
    const player = h.player();
    await player.hello();
    const asked = edges.find((e) => e.types().includes('reserve'));
    const other = edges.find((e) => e !== asked);
    asked?.reserve('no-capacity');
    await h.settle();
    const sessionId = other?.reserve();
    expect(sessionId).toBe(player.last('welcome').sessionId);
    await h.settle();
    expect(player.last('sessionUpdate').state).toBe('starting');
  });

  it('asks the next edge after 300 ms, takes the question back, and refuses the late yes', async () => {
    const h = createHarness();
    const edges = [
      await h.edge({ ...id(1), stunUrls: [] }),
      await h.edge({ ...id(2), stunUrls: [] }),
    ];
    const player = h.player();
    await player.hello();
    const slow = edges.find((e) => e.types().includes('reserve'));
    const other = edges.find((e) => e !== slow);
    h.clock.advance(299);
    await h.settle();
    expect(other?.types()).not.toContain('reserve');
    h.clock.advance(1);
    await h.settle();
    expect(slow?.last('endSession').code).toBe('no-capacity');
    other?.offer(other.reserve(), 'peer-1');
    slow?.offer(slow.reserve(), 'late');
    await h.settle();
    expect(player.last('offer').peerId).toBe('peer-1');
    slow?.say({
      type: 'edgeSessionEnded',
      sessionId: player.last('welcome').sessionId,
      code: 'no-capacity',
      logTail: [],
    });
    expect(player.closeCode).toBe(null);
  });

  it('gives the only edge more time, for there is nobody else to ask', async () => {
    const h = createHarness({ reserveTimeoutMs: 300, reserveLastTimeoutMs: 3000 });
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    h.clock.advance(2999);
    edge.offer(edge.reserve(), 'peer-1');
    expect(player.types()).toContain('offer');
  });

  it('does not ask an edge again that owes an answer, and does once it gave it', async () => {
    const h = createHarness({ edgeFreshMs: 60_000 });
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    h.clock.advance(3000);
    await h.settle();
    expect(player.last('sessionUpdate')).toMatchObject({ state: 'queued', queuePosition: 1 });
    edge.heartbeat();
    await h.settle();
    expect(edge.types().filter((t) => t === 'reserve')).toHaveLength(1);
    const sessionId = edge.reserve();
    edge.say({ type: 'edgeSessionEnded', sessionId, code: 'no-capacity', logTail: [] });
    await h.settle();
    expect(edge.types().filter((t) => t === 'reserve')).toHaveLength(2);
    edge.offer(edge.reserve(), 'peer-1');
    expect(player.types()).toContain('offer');
  });
});

describe('the queue', () => {
  it('holds players in order and places them when slots come free', async () => {
    const h = createHarness();
    const edge = await h.edge({ slots: 1 });
    const { player: first, sessionId } = await h.liveSession(edge);
    const [second, third] = [h.player(), h.player()];
    await second.hello();
    await third.hello();
    await h.settle();
    expect(second.last('sessionUpdate')).toMatchObject({ state: 'queued', queuePosition: 1 });
    expect(third.last('sessionUpdate')).toMatchObject({ state: 'queued', queuePosition: 2 });
    first.say({ type: 'leave', sessionId });
    edge.say({ type: 'edgeSessionEnded', sessionId, code: 'player-left', logTail: [] });
    await h.settle();
    edge.offer(edge.reserve(), 'peer-2');
    await h.settle();
    expect(second.last('offer').peerId).toBe('peer-2');
    expect(third.last('sessionUpdate')).toMatchObject({ state: 'queued', queuePosition: 1 });
    expect(
      h.states.filter((s) => s.sessionId === second.last('welcome').sessionId).map((s) => s.state),
    ).toEqual(['queued', 'placing', 'starting']);
  });

  it('is bounded: who comes later hears no-capacity', async () => {
    const h = createHarness({ maxQueueLength: 1 });
    const edge = await h.edge({ slots: 1 });
    await h.liveSession(edge);
    const [second, third] = [h.player(), h.player()];
    await second.hello();
    await third.hello();
    await h.settle();
    expect(third.last('error').code).toBe('no-capacity');
    expect(h.service.sizes().queued).toBe(1);
  });

  it('loses who goes away', async () => {
    const h = createHarness();
    const edge = await h.edge({ slots: 1 });
    await h.liveSession(edge);
    const [second, third] = [h.player(), h.player()];
    await second.hello();
    await third.hello();
    await h.settle();
    second.drop();
    await h.settle();
    expect(h.service.sizes()).toMatchObject({ sessions: 2, queued: 1 });
    expect(third.last('sessionUpdate').queuePosition).toBe(1);
  });

  it('a newcomer does not pass those who wait', async () => {
    const h = createHarness();
    const edge = await h.edge({ slots: 1 });
    await h.liveSession(edge);
    const waiting = h.player();
    await waiting.hello();
    await h.settle();
    const { sessionId } = h.states[0] ?? { sessionId: undefined };
    edge.say({
      type: 'edgeSessionEnded',
      sessionId: sessionId as never,
      code: 'title-exited',
      logTail: [],
    });
    const newcomer = h.player();
    await newcomer.hello();
    await h.settle();
    expect(edge.last('reserve').sessionId).toBe(waiting.last('welcome').sessionId);
    edge.reserve();
    await h.settle();
    expect(newcomer.last('sessionUpdate')).toMatchObject({ state: 'queued', queuePosition: 1 });
  });
});

describe('waiting for an edge that is lost', () => {
  it('goes on while it may come back, and ends when it did not', async () => {
    const h = createHarness({ edgeGraceMs: 10_000 });
    const edge = await h.edge({ slots: 1 });
    await h.liveSession(edge);
    const waiting = h.player();
    await waiting.hello();
    edge.drop();
    h.clock.advance(9999);
    await h.settle();
    expect(waiting.closeCode).toBe(null);
    h.clock.advance(1);
    await h.settle();
    expect(waiting.last('error').code).toBe('no-edge');
    expect(h.service.sizes()).toEqual({ sessions: 0, queued: 0, edges: 0 });
  });
});
