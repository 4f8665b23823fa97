import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, type EdgeNodeId, type PeerId, type SessionId } from '@perigee/protocol';
import { createHarness, FLASH } from './test-harness.ts';

const peerId = 'peer-1' as PeerId;

describe('a session from hello to its end', () => {
  it('goes placing, starting, live, and is published at each step', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    expect(player.types()).toEqual(['welcome', 'sessionUpdate', 'offer', 'sessionUpdate']);
    expect(h.states.map((s) => s.state)).toEqual(['starting', 'live']);
    player.say({ type: 'leave', sessionId });
    await h.settle();
    expect(player.last('sessionEnded')).toMatchObject({ code: 'player-left', logTail: [] });
    expect(player.closeCode).toBe(1000);
    expect(edge.last('endSession')).toMatchObject({ sessionId, code: 'player-left' });
    expect(h.states.at(-1)).toMatchObject({
      state: 'ended',
      code: 'player-left',
      edgeNodeId: 'edge-1',
    });
    expect(h.service.sizes()).toEqual({ sessions: 0, queued: 0, edges: 1 });
  });

  it('takes an offer that stands right behind the reservation', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    // No promise may run between the two.
    edge.offer(edge.reserve(), 'peer-1');
    expect(player.last('offer')).toMatchObject({ peerId: 'peer-1', resumed: false });
  });

  it('passes the end and the last lines of the log on', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    edge.say({ type: 'edgeSessionEnded', sessionId, code: 'title-exited', logTail: ['bye'] });
    expect(player.last('sessionEnded')).toMatchObject({
      code: 'title-exited',
      message: 'The title ended.',
      logTail: ['bye'],
    });
    expect(edge.types()).not.toContain('endSession');
  });

  it('ends when the edge makes no offer, and when no media comes to flow', async () => {
    const h = createHarness({ offerTimeoutMs: 1000, leaseTtlMs: 3000, edgeFreshMs: 60_000 });
    const edge = await h.edge({ slots: 2 });
    const first = h.player();
    await first.hello();
    edge.reserve();
    h.clock.advance(1000);
    expect(first.last('sessionEnded').code).toBe('edge-internal');
    const second = h.player();
    await second.hello();
    edge.offer(edge.reserve(), 'peer-1');
    h.clock.advance(2999);
    expect(second.closeCode).toBe(null);
    h.clock.advance(1);
    expect(second.last('sessionEnded').code).toBe('media-failed');
    expect(edge.last('endSession').code).toBe('media-failed');
  });

  it('stays starting while the edge says reconnecting before anything flowed', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    const sessionId = edge.reserve();
    edge.offer(sessionId, 'peer-1');
    edge.say({ type: 'edgeSessionState', sessionId, state: 'reconnecting' });
    expect(player.last('sessionUpdate').state).toBe('starting');
  });
});

describe('who cannot be placed', () => {
  it.each([
    ['without any edge', 'no-edge', null],
    ['a title that nobody has', 'unknown-title', { titles: [] }],
    ['a codec that no edge encodes', 'unsupported-browser', { encoders: ['vp8:libvpx'] }],
  ])('%s: %s', async (_name, code, facts) => {
    const h = createHarness();
    if (facts !== null) await h.edge(facts);
    const player = h.player();
    await player.hello();
    await h.settle();
    expect(player.last('error').code).toBe(code);
    expect(player.closeCode).toBe(1000);
    expect(h.service.sizes().sessions).toBe(0);
    expect(h.states).toEqual([]);
  });

  it('an edge that was not heard for 5 s gets no new session', async () => {
    const h = createHarness();
    const edge = await h.edge();
    h.clock.advance(5000);
    await h.player().hello();
    expect(edge.types()).toContain('reserve');
    edge.reserve('no-capacity');
    h.clock.advance(1);
    const player = h.player();
    await player.hello();
    expect(player.last('error').code).toBe('no-edge');
  });

  it('limits sessions per address and in all', async () => {
    const h = createHarness({ maxSessionsPerAddress: 1, maxSessions: 2 });
    await h.edge({ slots: 5 });
    await h.player('192.0.2.1').hello();
    const second = h.player('192.0.2.1');
    await second.hello();
    expect(second.last('error').code).toBe('too-many-sessions');
    expect(second.closeCode).toBe(CLOSE_CODES.rateLimited);
    await h.player('192.0.2.2').hello();
    const fourth = h.player('192.0.2.3');
    await fourth.hello();
    expect(fourth.last('error').code).toBe('no-capacity');
  });
});

describe('coming back', () => {
  it('a page that reloads gets its session, a new peer and the same token', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    player.drop();
    expect(h.service.sizes().sessions).toBe(1);
    const again = h.player();
    await again.hello({ resumeToken });
    expect(again.last('welcome').sessionId).toBe(sessionId);
    expect(edge.last('attachPeer').sessionId).toBe(sessionId);
    edge.offer(sessionId, 'peer-2');
    expect(again.last('offer')).toMatchObject({ resumed: true, resumeToken, peerId: 'peer-2' });
    await h.settle();
    expect(h.states.map((s) => s.state)).toEqual(['starting', 'live', 'reconnecting', 'live']);
  });

  it('nobody comes back within the window: the session ends with player-timeout', async () => {
    const h = createHarness({ resumeWindowMs: 120_000, edgeFreshMs: 5000 });
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    edge.say({ type: 'edgeSessionState', sessionId, state: 'reconnecting' });
    player.drop();
    h.clock.advance(119_999);
    expect(h.service.sizes().sessions).toBe(1);
    h.clock.advance(1);
    expect(edge.last('endSession')).toMatchObject({ sessionId, code: 'player-timeout' });
    const late = h.player();
    await late.hello({ resumeToken });
    expect(late.last('welcome').sessionId).not.toBe(sessionId);
  });

  it('a window that runs while the edge still sees the player is opened again', async () => {
    const h = createHarness({ resumeWindowMs: 10_000 });
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    player.drop();
    for (let n = 0; n < 30; n += 1) {
      h.clock.advance(1000);
      edge.lists(sessionId);
    }
    expect(h.service.sizes().sessions).toBe(1);
    h.clock.advance(20_001);
    expect(h.service.sizes().sessions).toBe(0);
  });

  it('media lost while the page is still there opens the window too', async () => {
    const h = createHarness({ resumeWindowMs: 10_000 });
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    edge.say({ type: 'edgeSessionState', sessionId, state: 'reconnecting' });
    expect(player.last('sessionUpdate').state).toBe('reconnecting');
    h.clock.advance(9999);
    edge.say({ type: 'edgeSessionState', sessionId, state: 'live' });
    h.clock.advance(20_000);
    expect(player.closeCode).toBe(null);
  });

  it('a player who reloads again before the new offer came keeps the window', async () => {
    const h = createHarness({ resumeWindowMs: 120_000, offerTimeoutMs: 1000 });
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    player.drop();
    const second = h.player();
    await second.hello({ resumeToken });
    second.drop();
    edge.offer(sessionId, 'peer-2');
    edge.say({ type: 'edgeSessionState', sessionId, state: 'reconnecting' });
    h.clock.advance(60_000);
    const third = h.player();
    await third.hello({ resumeToken });
    edge.offer(sessionId, 'peer-3');
    expect(third.last('offer')).toMatchObject({ peerId: 'peer-3', resumed: true });
  });

  it('a token for another title starts that title', async () => {
    const h = createHarness();
    const other = { ...FLASH, titleId: 'other' as never };
    const edge = await h.edge({
      slots: 2,
      titles: [FLASH, other],
    });
    const { sessionId, resumeToken } = await h.liveSession(edge);
    const player = h.player();
    await player.hello({ titleId: 'other', resumeToken });
    expect(player.last('welcome').sessionId).not.toBe(sessionId);
    expect(edge.last('reserve').titleId).toBe('other');
  });

  it('who leaves before the first offer has no token, so the session ends at once', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    const sessionId = edge.reserve();
    player.drop();
    expect(edge.last('endSession')).toMatchObject({ sessionId, code: 'player-left' });
    expect(h.service.sizes().sessions).toBe(0);
  });

  it('who leaves while the edge is being asked gives the slot back', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const player = h.player();
    await player.hello();
    player.drop();
    const sessionId = edge.reserve();
    expect(edge.last('endSession')).toMatchObject({ sessionId, code: 'player-left' });
    edge.offer(sessionId, 'peer-1');
    await h.settle();
    expect(h.service.sizes().sessions).toBe(0);
  });
});

describe('taking over', () => {
  it('the first page is told and closed, and what it still says is ignored', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    const second = h.player('198.51.100.7');
    await second.hello({ resumeToken });
    expect(player.last('peerClosed')).toMatchObject({ peerId: 'peer-1', code: 'taken-over' });
    expect(player.closeCode).toBe(CLOSE_CODES.takenOver);
    expect(player.types()).not.toContain('sessionEnded');
    const answers = edge.types().filter((t) => t === 'answer').length;
    player.say({ type: 'answer', sessionId, peerId, sdp: 'v=0' });
    expect(edge.types().filter((t) => t === 'answer')).toHaveLength(answers);
    edge.offer(sessionId, 'peer-2');
    expect(second.last('offer').peerId).toBe('peer-2');
    expect(h.service.counters.total('perigee_sessions_taken_over_total')).toBe(1);
  });

  it('goes back and forth between two pages', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { sessionId, resumeToken } = await h.liveSession(edge);
    let last = h.player();
    for (let n = 2; n < 12; n += 1) {
      const next = h.player();
      await next.hello({ resumeToken });
      edge.offer(sessionId, `peer-${String(n)}`);
      if (n > 2) expect(last.closeCode).toBe(CLOSE_CODES.takenOver);
      last = next;
    }
    expect(last.last('offer').peerId).toBe('peer-11');
    expect(h.service.sizes().sessions).toBe(1);
  });
});

describe('what belongs to whom', () => {
  it('a message for another session is refused and ends the connection', async () => {
    const h = createHarness();
    const edge = await h.edge({ slots: 2 });
    const { sessionId } = await h.liveSession(edge);
    const { player: other } = await h.liveSession(edge);
    other.say({ type: 'leave', sessionId });
    expect(other.last('error').code).toBe('out-of-order');
    expect(other.closeCode).toBe(CLOSE_CODES.badMessage);
    expect(
      h.service.counters.get('perigee_signaling_refused_messages_total', {
        from: 'player',
        reason: 'not-yours',
      }),
    ).toBe(1);
    expect(edge.types()).not.toContain('endSession');
  });

  it('messages of an older peer are counted and dropped', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    player.drop();
    const again = h.player();
    await again.hello({ resumeToken });
    edge.offer(sessionId, 'peer-2');
    again.say({
      type: 'candidate',
      sessionId,
      peerId,
      candidate: 'c',
      sdpMid: null,
      sdpMLineIndex: 0,
    });
    edge.say({
      type: 'candidate',
      sessionId,
      peerId,
      candidate: 'c',
      sdpMid: null,
      sdpMLineIndex: 0,
    });
    expect(edge.types()).not.toContain('candidate');
    expect(again.types()).not.toContain('candidate');
    expect(again.closeCode).toBe(null);
  });

  it('relays at most 64 candidates of a peer each way', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    const candidate = {
      type: 'candidate',
      sessionId,
      peerId,
      candidate: 'c',
      sdpMid: null,
      sdpMLineIndex: 0,
    } as const;
    for (let n = 0; n < 100; n += 1) {
      player.say(candidate);
      edge.say(candidate);
    }
    expect(edge.types().filter((t) => t === 'candidate')).toHaveLength(64);
    expect(player.types().filter((t) => t === 'candidate')).toHaveLength(64);
    expect(player.closeCode).toBe(null);
  });

  it('an edge cannot speak about a session of another edge', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    const other = await h.edge({ edgeNodeId: 'edge-2' as EdgeNodeId });
    other.say({ type: 'edgeSessionEnded', sessionId, code: 'title-exited', logTail: [] });
    other.offer(sessionId, 'evil');
    other.say({ type: 'edgeSessionState', sessionId, state: 'reconnecting' });
    expect(player.closeCode).toBe(null);
    expect(player.last('offer').peerId).toBe('peer-1');
    expect(h.service.sizes().sessions).toBe(1);
  });
});

describe('an edge that is lost', () => {
  it('comes back within the grace and lists its sessions: they go on', async () => {
    const h = createHarness({ edgeGraceMs: 10_000 });
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    edge.drop();
    h.clock.advance(9999);
    const back = await h.edge({}, edge.key);
    back.lists(sessionId);
    h.clock.advance(60_000);
    expect(player.closeCode).toBe(null);
    expect(h.service.sizes().sessions).toBe(1);
  });

  it('does not come back: its sessions end with edge-lost', async () => {
    const h = createHarness({ edgeGraceMs: 10_000 });
    const edge = await h.edge();
    const { player } = await h.liveSession(edge);
    edge.drop();
    h.clock.advance(10_000);
    expect(player.last('sessionEnded').code).toBe('edge-lost');
    expect(h.service.sizes()).toEqual({ sessions: 0, queued: 0, edges: 0 });
  });

  it('comes back without them: they end at its first heartbeat', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player } = await h.liveSession(edge);
    edge.drop();
    (await h.edge({}, edge.key)).heartbeat();
    expect(player.last('sessionEnded').code).toBe('edge-lost');
  });

  it('comes back but says nothing: the grace goes on', async () => {
    const h = createHarness({ edgeGraceMs: 10_000 });
    const edge = await h.edge();
    const { player } = await h.liveSession(edge);
    edge.drop();
    await h.edge({}, edge.key);
    h.clock.advance(10_000);
    expect(player.last('sessionEnded').code).toBe('edge-lost');
  });

  it('a page that reloads meanwhile gets its offer when the edge is back', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId, resumeToken } = await h.liveSession(edge);
    edge.drop();
    player.drop();
    const again = h.player();
    await again.hello({ resumeToken });
    const back = await h.edge({}, edge.key);
    expect(back.types()).not.toContain('attachPeer');
    back.lists(sessionId);
    expect(back.last('attachPeer').sessionId).toBe(sessionId);
    back.offer(sessionId, 'peer-2');
    expect(again.last('offer')).toMatchObject({ resumed: true });
  });

  it('is told again to end what it still lists after the end', async () => {
    const h = createHarness();
    const edge = await h.edge();
    const { player, sessionId } = await h.liveSession(edge);
    player.say({ type: 'leave', sessionId });
    edge.sent.length = 0;
    edge.lists(sessionId);
    expect(edge.last('endSession').sessionId).toBe(sessionId);
    edge.sent.length = 0;
    // Live, and from before this process: its player's media is not cut.
    edge.lists('older-than-us' as SessionId);
    expect(edge.types()).toEqual([]);
  });
});
