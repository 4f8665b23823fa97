// Everything that reads bytes from outside, fed with 120 000 cases: half of them mutations of valid vectors, half chance alone. A case
// that throws, or that is neither accepted nor refused, fails; the seed makes it come again.
import { expect, test } from 'vitest';
import {
  decodeInputAck,
  encodeInputPacket,
  InputReceiver,
  InputSender,
  MAX_HELD_KEYS,
  MAX_PENDING_EVENTS,
  MAX_TOUCH_POINTS,
} from '../src/index.ts';
import { PARSERS, type DirectionName } from './directions.ts';
import { mutate, randomBelow, randomBytes, seededRandom, type Random } from './fuzz.ts';
import { randomPacket } from './random-input.ts';
import { inputAckVectors, inputPacketVectors, messageVectors } from './vectors.ts';

const SEED = 0x5eed;
const CASES_PER_READER = 40_000;
const MAX_HELD = MAX_HELD_KEYS + 5 + MAX_TOUCH_POINTS;

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[randomBelow(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** A mutation of a valid vector in every second case; bytes of chance otherwise, most with a first byte that gets them further. */
function makeCase(
  random: Random,
  k: number,
  source: { readonly valid: Uint8Array; readonly firstBytes: readonly number[] },
): Uint8Array {
  if (k % 2 === 0) return mutate(random, source.valid);
  const bytes = randomBytes(random, randomBelow(random, 120));
  if (bytes.byteLength > 0 && random() < 0.8) bytes[0] = pick(random, source.firstBytes);
  return bytes;
}

test(`the six message parsers accept or refuse, and never throw (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED);
  const directions = Object.keys(PARSERS) as DirectionName[];
  const outcomes = new Map<string, number>();
  for (let k = 0; k < CASES_PER_READER; k += 1) {
    const vector = pick(random, messageVectors);
    const bytes = makeCase(random, k, {
      valid: vector.bytes,
      firstBytes: [0x81, 0x82, 0x83, 0x91],
    });
    // Mostly to the parser that may accept it; sometimes to one that must not.
    const direction = random() < 0.8 ? vector.direction : pick(random, directions);
    const result = PARSERS[direction](bytes);
    const outcome = result.ok ? 'accepted' : result.code;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const counted = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(CASES_PER_READER);
  // The cases reach every way out but `too-large`, which needs more bytes than a mutation adds.
  expect([...outcomes.keys()].toSorted()).toEqual([
    'accepted',
    'bad-shape',
    'forbidden-value',
    'not-msgpack',
    'too-complex',
    'unknown-type',
  ]);
});

test(`the input receiver stays bounded and consistent under malformed packets (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED + 1);
  const receiver = new InputReceiver();
  let accepted = 0;
  for (let k = 0; k < CASES_PER_READER; k += 1) {
    const { bytes: valid } = pick(random, inputPacketVectors);
    const bytes = makeCase(random, k, { valid, firstBytes: [0xe1] });
    const update = receiver.receiveBytes(bytes, k);
    if (update !== undefined) accepted += 1;
    expect(receiver.heldCount <= MAX_HELD).toBe(true);
    if (k % 3 === 0) receiver.takeAck(k);
  }
  const { packets, malformedPackets } = receiver.counts;
  expect(packets).toBe(accepted);
  expect(packets + malformedPackets).toBe(CASES_PER_READER);
  expect(accepted).toBeGreaterThan(1000);
  receiver.releaseAll();
  expect(receiver.heldCount).toBe(0);
});

test(`valid packets out of order leave no key stuck and the counts add up (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED + 2);
  const receiver = new InputReceiver();
  const down = new Set<string>();
  let events = 0;
  let applied = 0;
  let sequence = 0;
  for (let k = 0; k < CASES_PER_READER; k += 1) {
    // Half around what the receiver expects, so that events are applied, half from anywhere.
    const near = (value: number) => (value + randomBelow(random, 5) + 2 ** 32 - 2) % 2 ** 32;
    const drawn = randomPacket(random);
    const isNear = drawn.events.length > 0 && k % 2 === 0;
    const packet = isNear
      ? { ...drawn, sequence: near(sequence), firstEventSequence: near(applied) }
      : drawn;
    const before = receiver.counts;
    const update = receiver.receiveBytes(encodeInputPacket(packet), k);
    const after = receiver.counts;
    events += packet.events.length;
    applied +=
      after.appliedEvents - before.appliedEvents + after.refusedEvents - before.refusedEvents;
    sequence = receiver.takeAck(k)?.packetSequence ?? sequence;
    for (const event of update?.events ?? []) {
      if (event.kind === 'text') continue;
      const isTouch = event.kind === 'touchDown' || event.kind === 'touchUp';
      const id = isTouch ? event.id : event.kind === 'key' ? event.code : event.button;
      const name = `${isTouch ? 'touch' : event.kind} ${String(id)}`;
      const isDown = isTouch ? event.kind === 'touchDown' : event.isDown;
      // What an injector does with it: a down of what is down, or an up of what is up, would be a stuck key.
      expect(down.has(name)).toBe(!isDown);
      if (isDown) down.add(name);
      else down.delete(name);
    }
    expect(down.size).toBe(receiver.heldCount);
  }
  expect(receiver.counts.appliedEvents).toBeGreaterThan(10_000);
  expect(receiver.counts.outOfOrderPackets).toBeGreaterThan(1000);
  expect(receiver.counts.stalePackets).toBeGreaterThan(1000);
  expect(receiver.counts.duplicateEvents + applied).toBeLessThanOrEqual(events);
  expect(receiver.releaseAll()).toHaveLength(down.size);
});

test(`the input sender survives hostile acks (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED + 3);
  const sender = new InputSender();
  let malformed = 0;
  for (let k = 0; k < 10_000; k += 1) {
    sender.key(1 + randomBelow(random, 100), random() < 0.5);
    if (random() < 0.1) sender.packet(k * 1000);
    const { bytes: valid } = pick(random, inputAckVectors);
    const ack = decodeInputAck(makeCase(random, k, { valid, firstBytes: [0xe2] }));
    if (ack === undefined) malformed += 1;
    else sender.onAck(ack);
    expect(sender.pendingEvents <= MAX_PENDING_EVENTS).toBe(true);
  }
  expect(malformed).toBeGreaterThan(5000);
  expect(malformed).toBeLessThan(10_000);
  expect(() => encodeInputPacket(sender.packet(0))).not.toThrow();
});
