// The long run of the fuzz tests: everything that reads bytes of strangers, a million cases of new chance each time. The seed is in the
// test's name; PERIGEE_FUZZ_SEED brings it back.
import { expect, it } from 'vitest';
import {
  decodeInputAck,
  decodeInputPacket,
  encodeInputPacket,
  InputReceiver,
  InputSender,
  MAX_HELD_KEYS,
  MAX_PENDING_EVENTS,
  MAX_TOUCH_POINTS,
} from '@perigee/protocol';

import {
  inputAckVectors,
  inputPacketVectors,
  messageVectors,
  mutate,
  PARSERS,
  randomBelow,
  randomBytes,
  seededRandom,
  type DirectionName,
  type Random,
} from '@perigee/protocol/vectors';

const MESSAGE_CASES = 700_000;
const INPUT_CASES = 600_000;
const ACK_CASES = 200_000;
const CASES_PER_PEER = 5000;
/** Keys and fingers at their limits, and the five buttons. */
const MAX_HELD = MAX_HELD_KEYS + 5 + MAX_TOUCH_POINTS;
/** What a million refusals may leave on the heap, MB (chosen; a kept reference a case would be hundreds). */
const MAX_GROWTH_MB = 64;

const seed = Number(process.env['PERIGEE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[randomBelow(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Half of the cases are mutations of valid bytes, some of them twice; the rest is chance, mostly with a first byte that gets it further. */
function makeCase(random: Random, valid: Uint8Array): Uint8Array {
  if (random() < 0.5) {
    const once = mutate(random, valid);
    return random() < 0.2 ? mutate(random, once) : once;
  }
  const bytes = randomBytes(random, randomBelow(random, random() < 0.01 ? 4000 : 120));
  if (bytes.byteLength > 0 && random() < 0.8) bytes[0] = valid[0] ?? 0;
  return bytes;
}

/** Runs `count` cases; a case that throws is shown as bytes. */
function forEachCase(
  count: number,
  options: { random: Random; valid: () => Uint8Array; run: (bytes: Uint8Array, k: number) => void },
): void {
  const { random, valid, run } = options;
  for (let k = 0; k < count; k += 1) {
    const bytes = makeCase(random, valid());
    try {
      run(bytes, k);
    } catch (cause) {
      throw new Error(
        `seed ${String(seed)}, case ${String(k)}: ${Buffer.from(bytes).toString('hex')}`,
        {
          cause,
        },
      );
    }
  }
}

it(`${String(MESSAGE_CASES)} messages are accepted or refused (PERIGEE_FUZZ_SEED=${String(seed)})`, () => {
  const random = seededRandom(seed);
  const directions = Object.keys(PARSERS) as DirectionName[];
  const outcomes = new Map<string, number>();
  const before = process.memoryUsage().heapUsed;
  forEachCase(MESSAGE_CASES, {
    random,
    valid: () => pick(random, messageVectors).bytes,
    run: (bytes) => {
      const result = PARSERS[pick(random, directions)](bytes);
      const outcome = result.ok ? 'accepted' : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    },
  });
  process.stdout.write(`${JSON.stringify(Object.fromEntries(outcomes))}\n`);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(MESSAGE_CASES);
  expect(outcomes.get('accepted')).toBeGreaterThan(0);
  expect(outcomes.get('not-msgpack')).toBeGreaterThan(0);
  expect(outcomes.get('bad-shape')).toBeGreaterThan(0);
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(MAX_GROWTH_MB);
});

it(`${String(INPUT_CASES)} input packets hold no more than fingers and keys (PERIGEE_FUZZ_SEED=${String(seed)})`, () => {
  const random = seededRandom(seed ^ 1);
  let receiver = new InputReceiver();
  let refused = 0;
  forEachCase(INPUT_CASES, {
    random,
    valid: () => pick(random, inputPacketVectors).bytes,
    run: (bytes, k) => {
      if (k % CASES_PER_PEER === 0) {
        const held = receiver.heldCount;
        if (receiver.releaseAll().length !== held) throw new Error('something stays held');
        receiver = new InputReceiver();
      }
      const isValid = decodeInputPacket(bytes) !== undefined;
      const update = receiver.receiveBytes(bytes, k);
      if (!isValid) refused += 1;
      if (isValid !== (update !== undefined)) throw new Error('decoder and receiver disagree');
      if (receiver.heldCount > MAX_HELD) throw new Error('more is held than hands can hold');
      if (k % 7 === 0) receiver.takeAck(k);
    },
  });
  expect(refused).toBeGreaterThan(INPUT_CASES / 10);
  expect(refused).toBeLessThan(INPUT_CASES);
});

it(`${String(ACK_CASES)} acknowledgements leave the sender bounded (PERIGEE_FUZZ_SEED=${String(seed)})`, () => {
  const random = seededRandom(seed ^ 2);
  const sender = new InputSender();
  forEachCase(ACK_CASES, {
    random,
    valid: () => pick(random, inputAckVectors).bytes,
    run: (bytes, k) => {
      sender.key(1 + randomBelow(random, 100), random() < 0.5);
      const packet = sender.packet(k * 1000);
      if (decodeInputPacket(encodeInputPacket(packet)) === undefined) {
        throw new Error('the sender makes a packet that is refused');
      }
      const ack = decodeInputAck(bytes);
      if (ack !== undefined) sender.onAck(ack);
      if (sender.pendingEvents > MAX_PENDING_EVENTS) throw new Error('too many events wait');
    },
  });
  expect(sender.pendingEvents).toBeLessThanOrEqual(MAX_PENDING_EVENTS);
});
