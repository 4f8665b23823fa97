import { describe, expect, it } from 'vitest';
import { createFakeClock, createSeededRandom } from '@perigee/kit/testing';
import { edgeToSignalingSchema } from '@perigee/protocol';
import * as v from 'valibot';
import type { HostToAgent } from '../session/ipc.ts';
import { HostInbox, parseHostMessage } from './host-messages.ts';

const VALID = [
  {
    type: 'ready',
    encoder: 'h264:libx264',
    rejected: ['h264_nvenc: open-failed'],
    otherCodecs: [],
  },
  { type: 'taken', resolution: { width: 1280, height: 720 } },
  { type: 'offer', peerId: 'p-1', sdp: 'v=0' },
  {
    type: 'candidate',
    peerId: 'p-1',
    candidate: 'candidate:1 1 udp 1 192.0.2.1 5 typ host',
    sdpMid: '0',
    sdpMLineIndex: 0,
  },
  { type: 'candidate', peerId: 'p-1', candidate: '', sdpMid: null, sdpMLineIndex: null },
  { type: 'peerState', peerId: 'p-1', state: 'connected' },
  { type: 'drew' },
  { type: 'stats', rttMs: null, framesPerSecond: 60, bitrateBps: 6e6, malformedPackets: 0 },
  { type: 'fatal', code: 'display-lost', detail: 'gone' },
] as unknown as readonly HostToAgent[];

describe('a message of a session host', () => {
  it.each(VALID)('is taken when it has the known shape: $type', (message) => {
    expect(parseHostMessage(message)).toEqual(message);
  });

  it.each([
    ['a state that is none', { type: 'peerState', peerId: 'p', state: 'happy' }],
    ['a code that no player can be told', { type: 'fatal', code: 'oops', detail: '' }],
    ['a peer id that is none', { type: 'offer', peerId: '../p', sdp: '' }],
    ['an offer without end', { type: 'offer', peerId: 'p', sdp: 'x'.repeat(48 * 1024 + 1) }],
    ['figures that are none', { ...VALID[7], bitrateBps: Number.NaN }],
    ['a line that the wire cannot carry', { ...VALID[3], sdpMLineIndex: 1.5 }],
    ['nothing', undefined],
    ['an array', []],
    ['a text', 'ready'],
  ])('is refused: %s', (_why, message) => {
    expect(parseHostMessage(message)).toBeUndefined();
  });
});

const STRANGE: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Infinity,
  -1,
  1.5,
  2 ** 60,
  '',
  'x'.repeat(3000),
  'failed',
  {},
  [],
  new Map([['type', 'ready']]),
  new Uint8Array(8),
  10n,
  new Date(0),
];

/** A valid message with some fields made strange, dropped, or added. */
function wild(random: () => number): unknown {
  const below = (limit: number): number => Math.floor(random() * limit);
  const strange = (): unknown => STRANGE[below(STRANGE.length)];
  if (random() < 0.1) return strange();
  const message: Record<string, unknown> = { ...VALID[below(VALID.length)] };
  const keys = Object.keys(message);
  for (let changes = below(3); changes > 0; changes--) {
    const key = keys[below(keys.length)] ?? 'type';
    const kind = random();
    if (kind < 0.2) Reflect.deleteProperty(message, key);
    else if (kind < 0.3) message[`extra${String(below(3))}`] = strange();
    else message[key] = strange();
  }
  return message;
}

it('parses or refuses 20 000 wild messages, and what it passes the wire can carry (seed 21)', () => {
  const random = createSeededRandom(21);
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const message = parseHostMessage(wild(random));
    if (message === undefined) continue;
    taken += 1;
    const sessionId = 's';
    if (message.type === 'candidate')
      expect(v.is(edgeToSignalingSchema, { ...message, sessionId })).toBe(true);
    if (message.type === 'offer')
      expect(v.is(edgeToSignalingSchema, { ...message, type: 'edgeOffer', sessionId })).toBe(true);
  }
  expect(taken).toBeGreaterThan(4000);
  expect(taken).toBeLessThan(16_000);
});

describe('the inbox of a session host', () => {
  function newInbox() {
    const clock = createFakeClock();
    const log: string[] = [];
    const inbox = new HostInbox(
      {
        onMessage: ({ type }) => log.push(type),
        onMalformed: () => log.push('malformed'),
        onFlood: () => log.push('flood'),
      },
      () => clock.nowMs(),
    );
    return { inbox, log, clock };
  }

  it('passes on what a busy host says', () => {
    const { inbox, log, clock } = newInbox();
    for (let i = 0; i < 2000; i++) {
      inbox.receive(VALID[i % VALID.length]);
      clock.advance(25);
    }
    expect(log).toHaveLength(2000);
    expect(log).not.toContain('flood');
  });

  it('tells a flood once and passes nothing on after it, valid or not', () => {
    const { inbox, log, clock } = newInbox();
    for (let i = 0; i < 100_000; i++) inbox.receive(i % 2 === 0 ? VALID[0] : { type: 'what' });
    clock.advance(1e6);
    inbox.receive(VALID[0]);
    expect(log.filter((entry) => entry === 'flood')).toHaveLength(1);
    expect(log.at(-1)).toBe('flood');
    expect(log.length).toBeLessThan(1000);
  });
});
