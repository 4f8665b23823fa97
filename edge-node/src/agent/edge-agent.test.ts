import { describe, expect, it } from 'vitest';
import type { PeerId, SessionId } from '@perigee/protocol';
import { capabilities, world } from './agent-fixture.ts';

describe('the agent', () => {
  it('starts the parts in order and closes them in the reverse order', async () => {
    const { agent, slots, reserve, until, sent } = world({ slots: 1 });
    expect(await agent.start()).toBe(true);
    reserve(1);
    const slot = slots[0];
    if (slot === undefined) throw new Error('no slot');
    slot.say({ type: 'taken', resolution: { width: 1280, height: 720 } });
    await until(() => slot.log.includes('start title'));
    slot.endTitle('title-exited');
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(slot.log).toEqual([
      'open',
      'start display',
      'start sound',
      'start host',
      'start title',
      'close title',
      'close host',
      'close sound',
      'close display',
      'remove',
    ]);
    expect(sent.at(-1)).toEqual({
      type: 'edgeSessionEnded',
      sessionId: 's1',
      code: 'title-exited',
      logTail: ['last words'],
    });
    await agent.close();
  });

  it('answers reserve with a warm slot, then refuses when every slot is leased', async () => {
    const { agent, reserve, sent } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    reserve(2);
    expect(sent).toMatchObject([
      { type: 'reserved', sessionId: 's1', warm: true },
      { type: 'refused', leaseId: 'l2', code: 'no-capacity' },
    ]);
    await agent.close();
  });

  it('leases a slot that is still being prepared and begins when it is ready', async () => {
    const { agent, reserve, sent, slots, until } = world({ slots: 1, isReadyAtOnce: false });
    reserve(1);
    expect(sent).toMatchObject([{ type: 'reserved', warm: false }]);
    await until(() => slots[0]?.log.includes('start host') === true);
    slots[0]?.say({
      type: 'ready',
      encoder: 'h264:libx264',
      rejected: [],
      otherCodecs: ['vp8:libvpx'],
    });
    await until(() => slots[0]?.toHost.some((m) => m.type === 'createPeer') === true);
    expect(slots[0]?.toHost.map((m) => m.type)).toEqual(['take', 'createPeer']);
    await agent.close();
  });

  it('refuses a title it does not have and a session id that is taken', async () => {
    const { agent, reserve, sent } = world({ slots: 2 });
    await agent.start();
    reserve(1, 'no-such-title');
    reserve(2);
    reserve(2);
    expect(sent).toMatchObject([
      { type: 'refused', code: 'unknown-title' },
      { type: 'reserved', sessionId: 's2' },
      { type: 'refused', code: 'out-of-order' },
    ]);
    await agent.close();
  });

  it('ends one session alone when its host dies, with its code', async () => {
    const { agent, reserve, sent, slots, until } = world({ slots: 2 });
    await agent.start();
    reserve(1);
    reserve(2);
    slots[0]?.breakPart('host');
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.filter((m) => m.type === 'edgeSessionEnded')).toMatchObject([
      { sessionId: 's1', code: 'session-crashed' },
    ]);
    expect(agent.heartbeat().sessions.map((s) => s.sessionId)).toEqual(['s2']);
    await agent.close();
  });

  it('passes only messages of the newest peer', async () => {
    const { agent, reserve, sent, slots } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    const first = slots[0]?.toHost.find((m) => m.type === 'createPeer')?.peerId as PeerId;
    agent.onMessage({ type: 'attachPeer', sessionId: 's1' as SessionId, capabilities });
    const second = slots[0]?.toHost.findLast((m) => m.type === 'createPeer')?.peerId as PeerId;
    slots[0]?.say({ type: 'offer', peerId: first, sdp: 'old' });
    slots[0]?.say({ type: 'offer', peerId: second, sdp: 'new' });
    slots[0]?.say({ type: 'peerState', peerId: first, state: 'closed' });
    slots[0]?.say({ type: 'peerState', peerId: second, state: 'connected' });
    expect(sent.slice(1)).toEqual([
      { type: 'edgeOffer', sessionId: 's1', peerId: second, sdp: 'new' },
      { type: 'edgeSessionState', sessionId: 's1', state: 'live' },
    ]);
    await agent.close();
  });

  it('ends a session that nobody has been connected to for too long', async () => {
    const { agent, reserve, sent, slots, clock, until } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    const peerId = slots[0]?.toHost.find((m) => m.type === 'createPeer')?.peerId as PeerId;
    slots[0]?.say({ type: 'peerState', peerId, state: 'connected' });
    slots[0]?.say({ type: 'peerState', peerId, state: 'closed' });
    clock.advance(180_001);
    agent.heartbeat();
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.at(-1)).toMatchObject({ code: 'player-timeout' });
    await agent.close();
  });

  it('takes the slot back when no player connected within the time of the lease', async () => {
    const { agent, reserve, sent, clock, until } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    clock.advance(14_999);
    agent.onMessage({ type: 'attachPeer', sessionId: 's1' as SessionId, capabilities });
    clock.advance(14_999); // a reload counts anew: the player is still trying
    expect(agent.heartbeat().freeSlots).toBe(0);
    clock.advance(1);
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.at(-1)).toMatchObject({ sessionId: 's1', code: 'media-failed' });
    expect(agent.heartbeat()).toMatchObject({ freeSlots: 1, sessions: [] });
    await agent.close();
  });

  it('leaves a session alone once a player was connected, and one that ended before', async () => {
    const { agent, reserve, sent, slots, clock, until } = world({ slots: 2 });
    await agent.start();
    reserve(1);
    reserve(2);
    const peerId = slots[0]?.toHost.find((m) => m.type === 'createPeer')?.peerId as PeerId;
    slots[0]?.say({ type: 'peerState', peerId, state: 'connected' });
    slots[0]?.say({ type: 'peerState', peerId, state: 'failed' });
    agent.onMessage({ type: 'endSession', sessionId: 's2' as SessionId, code: 'player-left' });
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    clock.advance(100_000);
    expect(agent.heartbeat().sessions.map((s) => s.sessionId)).toEqual(['s1']);
    expect(sent.filter((m) => m.type === 'edgeSessionEnded')).toMatchObject([
      { sessionId: 's2', code: 'player-left' },
    ]);
    await agent.close();
    expect(clock.pendingTimers()).toBe(0);
  });

  it('counts the lease of a cold slot from when it can offer', async () => {
    const { agent, reserve, sent, slots, clock, until } = world({ slots: 1, isReadyAtOnce: false });
    reserve(1);
    await until(() => slots[0]?.log.includes('start host') === true);
    clock.advance(15_000);
    slots[0]?.say({
      type: 'ready',
      encoder: 'h264:libx264',
      rejected: [],
      otherCodecs: ['vp8:libvpx'],
    });
    await until(() => slots[0]?.toHost.some((m) => m.type === 'createPeer') === true);
    clock.advance(14_999);
    expect(agent.heartbeat().sessions).toHaveLength(1);
    clock.advance(1);
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.at(-1)).toMatchObject({ code: 'media-failed' });
    await agent.close();
  });

  it('gives nobody a warm slot that broke', async () => {
    const { agent, reserve, sent, slots } = world({ slots: 2 });
    await agent.start();
    slots[0]?.breakPart('display');
    await Promise.resolve();
    reserve(1);
    expect(sent).toMatchObject([{ type: 'reserved', warm: false }]);
    expect(slots).toHaveLength(2);
    await agent.close();
  });

  it('answers attachPeer for an unknown session with its end', () => {
    const { agent, sent } = world({ slots: 1 });
    agent.onMessage({ type: 'attachPeer', sessionId: 'gone' as SessionId, capabilities });
    expect(sent).toMatchObject([{ type: 'edgeSessionEnded', code: 'resume-expired' }]);
  });
});
