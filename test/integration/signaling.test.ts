import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeNodeId, PeerId, SessionId } from '@perigee/protocol';
import { WebSocket } from 'ws';
import {
  CLOSE_CODES,
  encodeMessage,
  MAX_PLAYER_MESSAGE_BYTES,
  parseSignalingToEdge,
  PROTOCOL_VERSION_RANGE,
} from '@perigee/protocol';
import { createLogger, createMemoryBus, systemClock } from '@perigee/kit';
import { parseSignalingConfig, startSignaling } from '@perigee/signaling';
import { openInbox } from '../support/inbox.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import {
  createStubKey,
  signChallenge,
  stubFacts,
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

describe('who may connect', () => {
  it.each([
    ['/ws/player', 'https://evil.example', 403],
    ['/ws/edge', 'https://evil.example', 403],
    ['/ws/other', undefined, 404],
    ['/', undefined, 404],
  ])('an upgrade at %s from origin %s is answered with %i', async (path, origin, status) => {
    const headers = origin === undefined ? undefined : { origin };
    const url = `ws://127.0.0.1:${String(plane.server.port)}${path}`;
    const socket = new WebSocket(url, { ...(headers === undefined ? {} : { headers }) });
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        socket.terminate();
      });
      socket.on('open', () => {
        reject(new Error('it was let in'));
      });
      socket.on('error', () => undefined);
    });
    expect(answer).toBe(status);
  });

  it('the page of this very host may', async () => {
    const origin = `http://127.0.0.1:${String(plane.server.port)}`;
    const player = await openStubPlayer(plane.playerUrl, { origin });
    player.hello();
    expect((await player.inbox.next('error')).code).toBe('no-edge');
    expect(await player.inbox.closed).toBe(1000);
  });

  it('connections from one address are limited, and places come back', async () => {
    await plane.close();
    plane = await startControlPlane({ maxConnectionsPerAddress: 2 });
    const first = await openStubPlayer(plane.playerUrl);
    await openStubPlayer(plane.playerUrl);
    await expect(openStubPlayer(plane.playerUrl)).rejects.toThrow('429');
    await first.inbox.close();
    // The server hears of the end a moment after we do.
    await expect
      .poll(() =>
        openStubPlayer(plane.playerUrl).then(
          () => 'in',
          () => 'out',
        ),
      )
      .toBe('in');
  });
});

describe('edges that are not what they say', () => {
  const hello = async (
    prove: (nonce: Uint8Array) => { publicKey: Uint8Array; signature: Uint8Array },
  ): Promise<{ code: string; closeCode: number }> => {
    const inbox = await openInbox(plane.edgeUrl, parseSignalingToEdge);
    const { nonce } = await inbox.next('challenge');
    const versions = PROTOCOL_VERSION_RANGE;
    inbox.send(encodeMessage({ type: 'edgeHello', versions, ...prove(nonce), facts: stubFacts() }));
    return { code: (await inbox.next('error')).code, closeCode: await inbox.closed };
  };
  const closeCode = CLOSE_CODES.notAdmitted;

  it('a key that was not admitted', async () => {
    const stranger = createStubKey();
    expect(
      await hello((nonce) => ({
        publicKey: stranger.publicKey,
        signature: signChallenge(stranger, nonce),
      })),
    ).toEqual({ code: 'unknown-key', closeCode });
  });

  it('an admitted key with the signature of another', async () => {
    const stranger = createStubKey();
    expect(
      await hello((nonce) => ({
        publicKey: key.publicKey,
        signature: signChallenge({ ...stranger, publicKey: key.publicKey }, nonce),
      })),
    ).toEqual({ code: 'bad-signature', closeCode });
  });

  it('a signature replayed from a link that was welcomed', async () => {
    let recorded: Uint8Array = new Uint8Array(64);
    const inbox = await openInbox(plane.edgeUrl, parseSignalingToEdge);
    const { nonce } = await inbox.next('challenge');
    recorded = signChallenge(key, nonce);
    const versions = PROTOCOL_VERSION_RANGE;
    const proof = { publicKey: key.publicKey, signature: recorded };
    inbox.send(encodeMessage({ type: 'edgeHello', versions, ...proof, facts: stubFacts() }));
    await inbox.next('edgeWelcome');
    expect(await hello(() => proof)).toEqual({ code: 'bad-signature', closeCode });
    expect(inbox.socket.readyState).toBe(inbox.socket.OPEN);
  });
});

describe('messages that no honest page sends', () => {
  it('too large for the endpoint: closed by the WebSocket layer', async () => {
    const player = await openStubPlayer(plane.playerUrl);
    player.inbox.send(new Uint8Array(MAX_PLAYER_MESSAGE_BYTES + 1));
    expect(await player.inbox.closed).toBe(1009);
  });

  it.each([
    [
      'text',
      (player: StubPlayer) => {
        player.inbox.socket.send('{"type":"hello"}');
      },
    ],
    [
      'empty',
      (player: StubPlayer) => {
        player.inbox.send(new Uint8Array(0));
      },
    ],
    [
      'not msgpack',
      (player: StubPlayer) => {
        player.inbox.send(Uint8Array.of(0xc1, 0, 1));
      },
    ],
  ])('malformed: %s', async (_name, send) => {
    const player = await openStubPlayer(plane.playerUrl);
    send(player);
    expect((await player.inbox.next('error')).code).toBe('bad-message');
    expect(await player.inbox.closed).toBe(CLOSE_CODES.badMessage);
  });

  it('out of order: an answer before hello', async () => {
    const player = await openStubPlayer(plane.playerUrl);
    player.send({ type: 'answer', sessionId: 'x' as SessionId, peerId: 'x' as PeerId, sdp: '' });
    expect((await player.inbox.next('error')).code).toBe('out-of-order');
    expect(await player.inbox.closed).toBe(CLOSE_CODES.badMessage);
  });

  it('a flood: cut off, and the others play on', async () => {
    const edge = await openStubEdge(plane.edgeUrl, key);
    const { player, sessionId } = await play(edge, 'peer-1');
    const flood = await openStubPlayer(plane.playerUrl);
    flood.hello();
    await flood.inbox.next('welcome');
    for (let n = 0; n < 2000; n += 1) flood.send({ type: 'probeResults', round: 1, results: [] });
    expect((await flood.inbox.next('error')).code).toBe('rate-limited');
    expect(await flood.inbox.closed).toBe(CLOSE_CODES.rateLimited);
    edge.send({ type: 'edgeSessionState', sessionId, state: 'live' });
    await untilState(player, 'live');
  });
});

it('closes within its time while players and edges are connected', async () => {
  const edge = await openStubEdge(plane.edgeUrl, key);
  const { player } = await play(edge, 'peer-1');
  await plane.close();
  expect(await player.inbox.next('sessionEnded')).toMatchObject({ code: 'edge-draining' });
  await edge.inbox.closed;
});

/** Waits for the session to be told in this state. */
async function untilState(player: StubPlayer, state: string): Promise<void> {
  for (;;) if ((await player.inbox.next('sessionUpdate')).state === state) return;
}

it('runs on a listener of its own too', async () => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  const config = parseSignalingConfig({ PERIGEE_PORT: '0' });
  const bus = createMemoryBus();
  const { listenHost, port } = config;
  const options = { config, logger, bus, clock: systemClock, random: () => 0.5 };
  const signaling = await startSignaling({ ...options, listenHost, port });
  const player = await openStubPlayer(`ws://127.0.0.1:${String(signaling.port)}/ws/player`);
  player.hello();
  expect((await player.inbox.next('error')).code).toBe('no-edge');
  await signaling.close();
  await signaling.close();
});
