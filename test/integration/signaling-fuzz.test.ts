// Strangers on real sockets, seeded: half of what they send are mutations of valid vectors. One player plays through all of it.
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { MetricsSample } from '@perigee/kit';
import {
  encodeMessage,
  parseSignalingToEdge,
  PROTOCOL_VERSION_RANGE,
  type EdgeNodeId,
  type PeerId,
  type TitleId,
} from '@perigee/protocol';
import {
  messageVectors,
  mutate,
  randomBelow,
  randomBytes,
  seededRandom,
  type Random,
} from '@perigee/protocol/vectors';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import {
  createStubKey,
  openStubEdge,
  signChallenge,
  stubFacts,
  stubHeartbeat,
  type StubKey,
} from '../support/stub-edge.ts';
import { openStubPlayer, STUB_CAPABILITIES } from '../support/stub-player.ts';

const SEED = 20_240_601;
/** Messages that signaling judged: what comes after the end of a connection does not count. */
const MESSAGES = 20_000;
const MESSAGES_PER_CONNECTION = 3;
/** Connections open at once. */
const WIDTH = 16;

const LIMITS = {
  maxSessions: 60,
  maxSessionsPerAddress: 60,
  maxQueueLength: 20,
  resumeWindowMs: 1000,
  connectsPerMinute: 1_000_000,
  edgeGraceMs: 100,
};

const vectors = messageVectors.map((v) => v.bytes);
const playerHello = encodeMessage({
  type: 'hello',
  versions: PROTOCOL_VERSION_RANGE,
  titleId: 'flash' as TitleId,
  capabilities: STUB_CAPABILITIES,
});

function anyMessage(random: Random): Uint8Array | string {
  const vector = vectors[randomBelow(random, vectors.length)] ?? new Uint8Array(0);
  const kind = random();
  if (kind < 0.5) return mutate(random, vector);
  if (kind < 0.8) return vector;
  if (kind < 0.85) return 'text';
  if (kind < 0.851) return new Uint8Array(600_000);
  return randomBytes(random, randomBelow(random, 400));
}

/** One connection of a stranger: perhaps a valid beginning, then anything, then perhaps no goodbye. */
async function visit(random: Random, plane: ControlPlane, keys: readonly StubKey[]): Promise<void> {
  const isEdge = random() < 0.4;
  const socket = new WebSocket(isEdge ? plane.edgeUrl : plane.playerUrl, {
    perMessageDeflate: false,
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve();
    });
  });
  const messages = Array.from({ length: MESSAGES_PER_CONNECTION }, () => anyMessage(random));
  const isProper = random() < 0.6;
  const key = keys[randomBelow(random, keys.length)];
  const isRude = random() < 0.3;
  const begin = isEdge
    ? new Promise<Uint8Array | undefined>((resolve) => {
        socket.once('message', (data: Buffer) => {
          const parsed = parseSignalingToEdge(new Uint8Array(data));
          if (!parsed.ok || parsed.message.type !== 'challenge' || key === undefined) return;
          resolve(edgeHello(key, parsed.message.nonce, keys.indexOf(key)));
        });
        socket.once('close', () => {
          resolve(undefined);
        });
      })
    : Promise.resolve(playerHello);
  await new Promise<void>((resolve) => {
    socket.once('open', () => {
      resolve();
    });
    socket.once('close', () => {
      resolve();
    });
  });
  const hello = await begin;
  if (isProper && hello !== undefined) {
    const welcomed = new Promise<void>((resolve) => {
      socket.once('message', () => {
        resolve();
      });
      socket.once('close', () => {
        resolve();
      });
    });
    socket.send(hello);
    await welcomed;
  }
  for (const message of messages) if (socket.readyState === socket.OPEN) socket.send(message);
  if (isRude) socket.terminate();
  else socket.close();
  await closed;
}

function edgeHello(key: StubKey, nonce: Uint8Array, index: number): Uint8Array {
  return encodeMessage({
    type: 'edgeHello',
    versions: PROTOCOL_VERSION_RANGE,
    publicKey: key.publicKey,
    signature: signChallenge(key, nonce),
    facts: stubFacts({ edgeNodeId: `fuzz-${String(index)}` as EdgeNodeId }),
  });
}

const sum = (sample: MetricsSample | undefined, name: string): number =>
  (sample?.series ?? []).filter((s) => s.name === name).reduce((total, s) => total + s.value, 0);

it(
  `survives ${String(MESSAGES)} messages of strangers (seed ${String(SEED)})`,
  { timeout: 180_000 },
  async () => {
    const plane = await startControlPlane(LIMITS);
    let overgrown = 0;
    const samples: MetricsSample[] = [];
    plane.bus.subscribe('metrics.sample', (payload) => {
      samples.push(payload as MetricsSample);
      if (samples.length > 100) samples.shift();
      // At every moment, not only in the end.
      const sessions = sum(samples.at(-1), 'perigee_sessions');
      const queued = sum(samples.at(-1), 'perigee_queue_length');
      if (sessions > LIMITS.maxSessions || queued > LIMITS.maxQueueLength) overgrown += 1;
    });
    const canaryKey = createStubKey();
    const edgeNodeId = 'edge-1' as EdgeNodeId;
    await plane.store.edges.admit({ publicKeyHex: canaryKey.publicKeyHex, edgeNodeId });
    const keys = [createStubKey(), createStubKey(), createStubKey()];
    for (const [index, { publicKeyHex }] of keys.entries()) {
      await plane.store.edges.admit({
        publicKeyHex,
        edgeNodeId: `fuzz-${String(index)}` as EdgeNodeId,
      });
    }
    // Its title is its own, so that strangers' sessions go to strangers' edges.
    const [flash] = stubFacts().titles;
    if (flash === undefined) throw new Error('no title');
    const titles = [{ ...flash, titleId: 'canary' as TitleId }];
    const edge = await openStubEdge(plane.edgeUrl, canaryKey, stubFacts({ titles }));
    const player = await openStubPlayer(plane.playerUrl);
    player.hello({ titleId: 'canary' });
    const { sessionId } = await edge.serve('peer-1');
    await player.inbox.next('offer');
    const session = {
      sessionId,
      state: 'live',
      rttMs: 1,
      framesPerSecond: 60,
      bitrateBps: 1e6,
    } as const;
    const heartbeat = setInterval(() => {
      edge.send(stubHeartbeat({ sessions: [session], freeSlots: 1 }));
    }, 500);

    const random = seededRandom(SEED);
    const judged = (): number => sum(samples.at(-1), 'perigee_signaling_messages_total');
    const worker = async (): Promise<void> => {
      while (judged() < MESSAGES) await visit(random, plane, keys);
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));

    // The canary never noticed.
    const peerId = 'peer-1' as PeerId;
    player.send({
      type: 'candidate',
      sessionId,
      peerId,
      candidate: 'c',
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
    expect(await edge.inbox.next('candidate')).toMatchObject({ candidate: 'c' });
    expect(player.inbox.all.map((m) => m.type)).not.toContain('sessionEnded');
    // A newcomer is served.
    const newcomer = await openStubPlayer(plane.playerUrl);
    newcomer.hello({ titleId: 'canary' });
    await edge.serve('peer-2');
    await newcomer.inbox.next('offer');
    await newcomer.inbox.close();
    // What strangers left is gone soon after them.
    await expect
      .poll(() => sum(samples.at(-1), 'perigee_sessions'), { timeout: 20_000, interval: 200 })
      .toBeLessThanOrEqual(1);
    const last = samples.at(-1);
    expect(sum(last, 'perigee_signaling_malformed_messages_total')).toBeGreaterThan(1000);
    expect(sum(last, 'perigee_queue_length')).toBe(0);
    expect(overgrown).toBe(0);
    clearInterval(heartbeat);
    const health = await fetch(`${plane.server.address}/api/v1/health`);
    expect(await health.json()).toMatchObject({ status: 'ok' });
    await plane.close();
  },
);
