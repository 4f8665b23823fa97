// Sender and receiver over a link that loses, doubles and reorders, on a virtual clock.
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../test-vectors/index.ts';
import { InputReceiver, type AppliedEvent } from './input-receiver.ts';
import { InputSender } from './input-sender.ts';
import { decodeInputAck, encodeInputAck, encodeInputPacket } from './packet-codec.ts';

const REFRESH_MS = 1000 / 60;
const STEP_MS = 0.5;

type Link = { readonly oneWayMs: number; readonly jitterMs: number; readonly lossRatio: number };
type Flight = { readonly atMs: number; readonly bytes: Uint8Array };

class LossyLink {
  readonly #random: () => number;
  readonly #link: Link;
  #flights: Flight[] = [];

  constructor(random: () => number, link: Link) {
    this.#random = random;
    this.#link = link;
  }

  send(nowMs: number, bytes: Uint8Array): void {
    const { oneWayMs, jitterMs, lossRatio } = this.#link;
    const copies = this.#random() < lossRatio ? 0 : this.#random() < 0.02 ? 2 : 1;
    for (let k = 0; k < copies; k += 1) {
      this.#flights.push({ atMs: nowMs + oneWayMs + this.#random() * jitterMs, bytes });
    }
  }

  arrived(nowMs: number): Uint8Array[] {
    const due = this.#flights
      .filter(({ atMs }) => atMs <= nowMs)
      .toSorted((a, b) => a.atMs - b.atMs);
    this.#flights = this.#flights.filter(({ atMs }) => atMs > nowMs);
    return due.map(({ bytes }) => bytes);
  }
}

/** Types a new key every 37 ms and moves the mouse; gives what came out and how late, in ms, each event was. */
function play(seed: number, link: Link, keys: number) {
  const random = seededRandom(seed);
  const up = new LossyLink(random, link);
  const down = new LossyLink(random, link);
  const sender = new InputSender({
    refreshIntervalMs: REFRESH_MS,
    firstPacketSequence: 0xffff_ff00,
    firstEventSequence: 0xffff_fff0,
  });
  const receiver = new InputReceiver({ firstEventSequence: 0xffff_fff0 });
  const typedAtMs: number[] = [];
  const applied: AppliedEvent[] = [];
  const latenessMs: number[] = [];
  const motion = { sent: 0, received: 0 };
  const endMs = keys * 37 + 3000;
  for (let nowMs = 0; nowMs < endMs; nowMs += STEP_MS) {
    if (typedAtMs.length < keys && nowMs >= typedAtMs.length * 37) {
      sender.key(30 + ((typedAtMs.length >> 1) % 8), typedAtMs.length % 2 === 0);
      typedAtMs.push(nowMs);
      sender.moveRelative(111, 0);
      motion.sent += 111;
    }
    if (sender.nextSendAtMs(nowMs) === nowMs)
      up.send(nowMs, encodeInputPacket(sender.packet(nowMs * 1000)));
    for (const bytes of up.arrived(nowMs)) {
      const update = receiver.receiveBytes(bytes, nowMs * 1000);
      motion.received += update?.relativeX ?? 0;
      for (const event of update?.events ?? []) {
        latenessMs.push(nowMs - (typedAtMs[applied.length] ?? 0));
        applied.push(event);
      }
      const ack = receiver.takeAck(nowMs * 1000);
      if (ack !== undefined) down.send(nowMs, encodeInputAck(ack));
    }
    for (const bytes of down.arrived(nowMs)) {
      const ack = decodeInputAck(bytes);
      if (ack !== undefined) sender.onAck(ack);
    }
  }
  return { applied, latenessMs, motion, sender, receiver };
}

describe.each([
  { name: '10 % loss', link: { oneWayMs: 20, jitterMs: 0, lossRatio: 0.1 }, seed: 1 },
  { name: '40 % loss', link: { oneWayMs: 20, jitterMs: 0, lossRatio: 0.4 }, seed: 2 },
  { name: 'reordering over 30 ms', link: { oneWayMs: 5, jitterMs: 30, lossRatio: 0.05 }, seed: 3 },
])('over a link with $name (seed $seed)', ({ link, seed }) => {
  const keys = 600;
  const result = play(seed, link, keys);

  test('each event comes out exactly once, in order', () => {
    const expected = Array.from({ length: keys }, (_, k) => ({
      kind: 'key',
      code: 30 + ((k >> 1) % 8),
      isDown: k % 2 === 0,
    }));
    expect(result.applied).toEqual(expected);
    expect(result.receiver.heldCount).toBe(0);
  });

  test('no motion is lost', () => {
    expect(result.motion.received).toBe(result.motion.sent);
  });

  test('both sides come to rest', () => {
    expect(result.sender.pendingEvents).toBe(0);
    expect(result.sender.nextSendAtMs(1e9)).toBeUndefined();
  });
});

test('at 10 % independent loss 99.9 % of events are there within RTT + 2 refreshes (MEDIA section 5)', () => {
  const { latenessMs } = play(7, { oneWayMs: 20, jitterMs: 0, lossRatio: 0.1 }, 3000);
  const sorted = latenessMs.toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length * 0.999)]).toBeLessThanOrEqual(40 + 2 * REFRESH_MS);
});
