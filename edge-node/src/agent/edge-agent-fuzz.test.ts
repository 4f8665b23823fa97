// What signaling and session hosts may say in any order, seeded. The agent must refuse or follow it, hold no more than its slots, and say
// nothing that signaling would refuse.
import { expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import {
  edgeToSignalingSchema,
  encodeMessage,
  parseSignalingToEdge,
  PROTOCOL_VERSION_RANGE,
  type EdgeNodeId,
  type PeerId,
  type SessionId,
  type SignalingToEdge,
} from '@perigee/protocol';
import { messageVectors, mutate, randomBelow, randomBytes } from '@perigee/protocol/vectors';
import * as v from 'valibot';
import type { HostToAgent } from '../session/ipc.ts';
import { capabilities, reservation, world, type FakeSlot } from './agent-fixture.ts';

const SEED = 31;
const MESSAGES = 24_000;
const SLOTS = 3;
/** Few enough that one session is met again and again. */
const SESSIONS = 6;

type Random = () => number;
const vectors = messageVectors.filter(({ direction }) => direction === 'signalingToEdge');

function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[randomBelow(random, items.length)];
}

const lastPeer = (slot: FakeSlot | undefined): PeerId =>
  slot?.toHost.findLast((m) => m.type === 'createPeer')?.peerId ?? ('nobody' as PeerId);

/** A valid message of any kind, about any session, whether or not it makes sense now. */
function anyMessage(random: Random, slots: readonly FakeSlot[]): SignalingToEdge {
  const n = randomBelow(random, SESSIONS);
  const sessionId = `s${String(n)}` as SessionId;
  const peerId = random() < 0.5 ? lastPeer(pick(random, slots.slice(-SLOTS))) : ('x' as PeerId);
  const kinds: readonly (() => SignalingToEdge)[] = [
    () => reservation(n),
    () => reservation(n, random() < 0.3 ? 'no-such-title' : 'flash'),
    () => ({ ...reservation(n), kind: 'phone', ttlMs: 1000 }),
    () => ({ type: 'attachPeer', sessionId, capabilities }),
    () => ({ type: 'answer', sessionId, peerId, sdp: 'v=0' }),
    () => ({
      type: 'candidate',
      sessionId,
      peerId,
      candidate: '',
      sdpMid: null,
      sdpMLineIndex: null,
    }),
    () => ({ type: 'endSession', sessionId, code: 'player-left' }),
    () => ({ type: 'challenge', versions: PROTOCOL_VERSION_RANGE, nonce: new Uint8Array(32) }),
    () => ({
      type: 'edgeWelcome',
      version: 1,
      edgeNodeId: 'e' as EdgeNodeId,
      heartbeatIntervalMs: 100,
    }),
    () => ({ type: 'error', code: 'internal', message: '', retryable: true }),
  ];
  const make = pick(random, kinds);
  if (make === undefined) throw new Error('nothing to pick from');
  return make();
}

/** Bytes as they come in: half mutations of valid vectors, half valid messages, some of chance. */
function anyBytes(random: Random, slots: readonly FakeSlot[]): Uint8Array {
  const kind = random();
  if (kind < 0.45) return mutate(random, pick(random, vectors)?.bytes ?? new Uint8Array(0));
  if (kind < 0.5) return randomBytes(random, randomBelow(random, 200));
  return encodeMessage(anyMessage(random, slots));
}

/** Something happens on the edge itself: a host speaks or a part breaks. */
function stir(random: Random, slots: readonly FakeSlot[]): void {
  const slot = pick(random, slots.slice(-SLOTS));
  const peerId = random() < 0.8 ? lastPeer(slot) : ('stranger' as PeerId);
  const state = pick(random, ['connected', 'disconnected', 'closed', 'failed'] as const);
  const sayings: readonly HostToAgent[] = [
    { type: 'taken', resolution: { width: 1, height: 1 } },
    { type: 'ready', encoder: 'h264:libx264', rejected: [], otherCodecs: ['vp8:libvpx'] },
    { type: 'offer', peerId, sdp: 'v=0' },
    { type: 'candidate', peerId, candidate: '', sdpMid: null, sdpMLineIndex: null },
    { type: 'peerState', peerId, state: state ?? 'failed' },
    { type: 'drew' },
    { type: 'stats', rttMs: 1, framesPerSecond: 60, bitrateBps: 1, malformedPackets: 0 },
    { type: 'fatal', code: 'edge-internal', detail: '' },
  ];
  const saying = pick(random, sayings);
  const kind = random();
  if (kind < 0.9 && saying !== undefined) slot?.say(saying);
  else if (kind < 0.95) slot?.breakPart(random() < 0.5 ? 'host' : 'display');
  else slot?.endTitle(random() < 0.5 ? 'title-exited' : 'title-failed');
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it(`follows or refuses ${String(MESSAGES)} messages and serves the next player (seed ${String(SEED)})`, async () => {
  const random = createSeededRandom(SEED);
  const { agent, sent, slots, reserve, clock, until } = world({ slots: SLOTS });
  await agent.start();
  const seen = { reserved: 0, refused: 0, ended: 0, malformed: 0 };
  let mostOpen = 0;
  /** Looks at everything said since the last time. */
  const judge = (): void => {
    for (const message of sent.splice(0)) {
      expect(v.is(edgeToSignalingSchema, message)).toBe(true);
      if (message.type === 'reserved') seen.reserved += 1;
      if (message.type === 'refused') seen.refused += 1;
      if (message.type === 'edgeSessionEnded') seen.ended += 1;
    }
    const heartbeat = agent.heartbeat();
    expect(v.is(edgeToSignalingSchema, heartbeat)).toBe(true);
    expect(heartbeat.freeSlots + heartbeat.sessions.length).toBe(SLOTS);
    const open = slots.filter(({ log }) => log.includes('open') && !log.includes('remove'));
    mostOpen = Math.max(mostOpen, open.length);
    expect(open.length).toBeLessThanOrEqual(SLOTS);
    // Each slot in use belongs to a session that signaling can name.
    const inUse = open.filter(({ toHost }) => toHost.some((m) => m.type === 'take'));
    expect(inUse.length).toBeLessThanOrEqual(heartbeat.sessions.length);
    expect(clock.pendingTimers()).toBeLessThanOrEqual(SLOTS);
    // Slots that are gone would only make this test slow.
    if (slots.length > 50) slots.splice(0, slots.length, ...open);
  };
  for (let i = 0; i < MESSAGES; i++) {
    const parsed = parseSignalingToEdge(anyBytes(random, slots));
    if (parsed.ok) agent.onMessage(parsed.message);
    else seen.malformed += 1;
    if (random() < 0.3) stir(random, slots);
    if (random() < 0.02) clock.advance(randomBelow(random, 20_000));
    if (i % 8 !== 0) continue;
    await settle();
    judge();
  }
  expect(seen.malformed).toBeGreaterThan(5000);
  expect(Math.min(seen.reserved, seen.refused, seen.ended)).toBeGreaterThan(300);
  expect(mostOpen).toBe(SLOTS);

  for (let n = 0; n < SESSIONS; n++)
    agent.onMessage({
      type: 'endSession',
      sessionId: `s${String(n)}` as SessionId,
      code: 'player-left',
    });
  await settle();
  judge();
  expect(agent.heartbeat().freeSlots).toBe(SLOTS);
  reserve(1000);
  await until(() => slots.at(-1)?.toHost.some((m) => m.type === 'createPeer') === true);
  slots.at(-1)?.say({ type: 'offer', peerId: lastPeer(slots.at(-1)), sdp: 'v=0' });
  expect(sent).toMatchObject([
    { type: 'reserved', sessionId: 's1000' },
    { type: 'edgeOffer', sessionId: 's1000' },
  ]);
  await agent.close();
  expect(slots.filter(({ log }) => log.includes('open') && !log.includes('remove'))).toEqual([]);
  expect(clock.pendingTimers()).toBe(0);
});
