import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeNodeId, PeerId, SessionId } from '@perigee/protocol';
import { CLOSE_CODES } from '@perigee/protocol';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import {
  createStubKey,
  openStubEdge,
  stubHeartbeat,
  type StubEdge,
  type StubKey,
} from '../support/stub-edge.ts';
import { openStubPlayer, type StubPlayer } from '../support/stub-player.ts';

let plane: ControlPlane;
let key: StubKey;

beforeEach(async () => {
  plane = await startControlPlane({ edgeGraceMs: 50, resumeWindowMs: 60_000 });
  key = createStubKey();
  await plane.store.edges.admit({
    publicKeyHex: key.publicKeyHex,
    edgeNodeId: 'edge-1' as EdgeNodeId,
  });
});
afterEach(async () => {
  await plane.close();
});

/** Brings a player to a session with an answered peer. */
async function play(
  edge: StubEdge,
  peerId: string,
): Promise<{ player: StubPlayer; sessionId: SessionId; resumeToken: string }> {
  const player = await openStubPlayer(plane.playerUrl);
  player.hello();
  const { sessionId } = await edge.serve(peerId);
  const offer = await player.inbox.next('offer');
  player.send({ type: 'answer', sessionId, peerId: offer.peerId, sdp: 'v=0 answer' });
  await edge.inbox.next('answer');
  return { player, sessionId, resumeToken: offer.resumeToken };
}

describe('a session over real sockets', () => {
  it('goes from hello through offer and answer to trickled candidates both ways', async () => {
    const edge = await openStubEdge(plane.edgeUrl, key);
    const player = await openStubPlayer(plane.playerUrl);
    player.hello();
    const welcome = await player.inbox.next('welcome');
    const reserve = await edge.serve('peer-1');
    expect(reserve).toMatchObject({ sessionId: welcome.sessionId, titleId: 'flash', kind: 'game' });
    const offer = await player.inbox.next('offer');
    expect(offer).toMatchObject({
      sdp: 'v=0 peer-1',
      peerId: 'peer-1',
      resumed: false,
      iceServers: [],
      title: { name: 'Flash' },
      reason: { chosen: { edgeNodeId: 'edge-1', rttMs: null }, candidates: 1, runnerUp: null },
    });
    expect(offer.reason.sentence).toContain('nothing had to be measured');
    const { sessionId } = welcome;
    const peerId = 'peer-1' as PeerId;
    player.send({ type: 'answer', sessionId, peerId, sdp: 'v=0 answer' });
    expect(await edge.inbox.next('answer')).toMatchObject({ sessionId, peerId, sdp: 'v=0 answer' });
    const candidate = {
      type: 'candidate',
      sessionId,
      peerId,
      candidate: 'candidate:1',
      sdpMid: '0',
      sdpMLineIndex: 0,
    } as const;
    player.send(candidate);
    expect(await edge.inbox.next('candidate')).toEqual(candidate);
    edge.send({ ...candidate, candidate: 'candidate:2' });
    expect(await player.inbox.next('candidate')).toMatchObject({ candidate: 'candidate:2' });
    edge.send({ type: 'edgeSessionState', sessionId, state: 'live' });
    await untilState(player, 'live');
  });

  it('gives the session back to a page that was reloaded', async () => {
    const edge = await openStubEdge(plane.edgeUrl, key);
    const { player, sessionId, resumeToken } = await play(edge, 'peer-1');
    edge.send({ type: 'edgeSessionState', sessionId, state: 'live' });
    await player.inbox.close();
    const again = await openStubPlayer(plane.playerUrl);
    again.hello({ resumeToken });
    expect(await again.inbox.next('welcome')).toMatchObject({ sessionId });
    expect(await edge.inbox.next('attachPeer')).toMatchObject({ sessionId });
    edge.offer(sessionId, 'peer-2');
    expect(await again.inbox.next('offer')).toMatchObject({
      peerId: 'peer-2',
      resumed: true,
      resumeToken,
    });
  });

  it('lets a second page take over and tells the first', async () => {
    const edge = await openStubEdge(plane.edgeUrl, key);
    const { player, sessionId, resumeToken } = await play(edge, 'peer-1');
    const second = await openStubPlayer(plane.playerUrl);
    second.hello({ resumeToken });
    expect(await player.inbox.next('peerClosed')).toMatchObject({
      sessionId,
      peerId: 'peer-1',
      code: 'taken-over',
    });
    expect(await player.inbox.closed).toBe(CLOSE_CODES.takenOver);
    await edge.inbox.next('attachPeer');
    edge.offer(sessionId, 'peer-2');
    expect(await second.inbox.next('offer')).toMatchObject({ resumed: true });
  });

  it('ends the sessions of an edge that does not come back', async () => {
    const edge = await openStubEdge(plane.edgeUrl, key);
    const { player } = await play(edge, 'peer-1');
    edge.inbox.socket.terminate();
    expect(await player.inbox.next('sessionEnded')).toMatchObject({ code: 'edge-lost' });
    expect(await player.inbox.closed).toBe(1000);
  });

  it('keeps the sessions of an edge that comes back and lists them', async () => {
    await plane.close();
    plane = await startControlPlane({ edgeGraceMs: 60_000 });
    await plane.store.edges.admit({
      publicKeyHex: key.publicKeyHex,
      edgeNodeId: 'edge-1' as EdgeNodeId,
    });
    const edge = await openStubEdge(plane.edgeUrl, key);
    const { player, sessionId } = await play(edge, 'peer-1');
    edge.inbox.socket.terminate();
    const again = await openStubEdge(plane.edgeUrl, key);
    const session = {
      sessionId,
      state: 'live',
      rttMs: null,
      framesPerSecond: null,
      bitrateBps: null,
    } as const;
    again.send(stubHeartbeat({ sessions: [session] }));
    await untilState(player, 'live');
    again.send(stubHeartbeat({ sessions: [] }));
    expect(await player.inbox.next('sessionEnded')).toMatchObject({ code: 'edge-lost' });
  });
});

/** Waits for the session to be told in this state. */
async function untilState(player: StubPlayer, state: string): Promise<void> {
  for (;;) if ((await player.inbox.next('sessionUpdate')).state === state) return;
}
