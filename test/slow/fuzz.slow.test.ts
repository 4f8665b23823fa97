// The long run of the fuzz tests: everything that reads bytes of strangers, a million cases of new chance each time. The seed is in the
// test's name; FUZZ_SEED brings it back.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import {
  decodeInputAck,
  decodeInputPacket,
  encodeInputPacket,
  encodeMessage,
  InputReceiver,
  InputSender,
  MAX_HELD_KEYS,
  MAX_PENDING_EVENTS,
  MAX_TOUCH_POINTS,
  type WireMessage,
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
const MAX_GROWTH_MB = 16;

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

/** Heap that is still referred to, MB. */
function heldMegabytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1e6;
}

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

/** Values that a field does not expect. */
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, '', 'x'.repeat(5000), 0, -1, 0.5, 2 ** 31, 2 ** 53, -1e300, Number.NaN, Infinity],
  ...[
    [],
    [[]],
    {},
    { type: 'hello' },
    new Uint8Array(0),
    new Uint8Array(300),
    '__proto__',
    '\u0000',
  ],
];

/** A copy of `value` with one field, at any depth, left out, doubled under another name or replaced: right bytes, wrong shape. */
function withOddField(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (items.length === 0 || random() < 0.2) return [...items, pick(random, ODD_VALUES)];
    const at = randomBelow(random, items.length);
    return items.map((item, k) => (k === at ? withOddField(random, item) : item));
  }
  const isObject = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
  if (!isObject) return pick(random, ODD_VALUES);
  const fields = Object.entries(value);
  // `type` mostly stays: a message of no type is refused before its fields are looked at.
  const at = randomBelow(random, fields.length);
  if (fields[at]?.[0] === 'type' && random() < 0.9) return withOddField(random, value);
  const changed = fields.flatMap((field, k) => {
    if (k !== at) return [field];
    const kind = random();
    if (kind < 0.15) return [];
    if (kind < 0.3) return [field, [`${field[0]}2`, field[1]]];
    return [[field[0], withOddField(random, field[1])]];
  });
  return Object.fromEntries(changed) as unknown;
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

it(`${String(MESSAGE_CASES)} messages are accepted or refused (FUZZ_SEED=${String(seed)})`, () => {
  const random = seededRandom(seed);
  const directions = Object.keys(PARSERS) as DirectionName[];
  const outcomes = new Map<string, number>();
  const before = heldMegabytes();
  let vector = pick(random, messageVectors);
  forEachCase(MESSAGE_CASES, {
    random,
    valid: () => {
      vector = pick(random, messageVectors);
      return vector.bytes;
    },
    run: (bytes) => {
      const { direction, message } = vector;
      const isShapeMeant = random() < 0.3;
      const odd = isShapeMeant
        ? encodeMessage(withOddField(random, message) as WireMessage)
        : bytes;
      // Mostly to the parser that may accept it; sometimes to one that must not.
      const parse = PARSERS[random() < 0.8 ? direction : pick(random, directions)];
      const result = parse(odd);
      const outcome = result.ok ? 'accepted' : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    },
  });
  process.stdout.write(`${JSON.stringify(Object.fromEntries(outcomes))}\n`);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(MESSAGE_CASES);
  expect(outcomes.get('accepted')).toBeGreaterThan(0);
  expect(outcomes.get('not-msgpack')).toBeGreaterThan(0);
  expect(outcomes.get('bad-shape')).toBeGreaterThan(MESSAGE_CASES / 10);
  expect(heldMegabytes() - before).toBeLessThan(MAX_GROWTH_MB);
});

it(`${String(INPUT_CASES)} input packets hold no more than fingers and keys (FUZZ_SEED=${String(seed)})`, () => {
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

it(`${String(ACK_CASES)} acknowledgements leave the sender bounded (FUZZ_SEED=${String(seed)})`, () => {
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
