import { describe, expect, test } from 'vitest';
import { randomPacket } from '../../test-vectors/random-input.ts';
import {
  inputPacketVectors,
  mutate,
  randomBelow,
  randomBytes,
  seededRandom,
} from '../../test-vectors/index.ts';
import {
  decodeInputAck,
  decodeInputPacket,
  encodeInputAck,
  encodeInputPacket,
} from './packet-codec.ts';
import { MAX_INPUT_PACKET_BYTES, type InputEvent, type InputPacket } from './packet.ts';

const SEED = 20_240_611;

function packetWith(change: Partial<InputPacket>): InputPacket {
  const pointer = { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 };
  const empty = { sequence: 1, clientTimeUs: 2, pointer, touches: [], events: [] };
  return { ...empty, firstEventSequence: 0, ...change };
}

describe('an input packet', () => {
  test(`of chance comes out as it went in (seed ${String(SEED)})`, () => {
    const random = seededRandom(SEED);
    for (let k = 0; k < 3000; k += 1) {
      const packet = randomPacket(random);
      expect(decodeInputPacket(encodeInputPacket(packet))).toEqual(packet);
    }
  });

  test.each(inputPacketVectors)('cut at any byte is refused: $name', ({ bytes }) => {
    for (let length = 0; length < bytes.byteLength; length += 1) {
      expect(decodeInputPacket(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  test.each(inputPacketVectors)('with anything behind it is refused: $name', ({ bytes }) => {
    for (const tail of [0x00, 0x50, 0xff]) {
      expect(decodeInputPacket(Uint8Array.from([...bytes, tail]))).toBeUndefined();
    }
  });

  test(`has one encoding: what decodes encodes to the same bytes (seed ${String(SEED)})`, () => {
    const random = seededRandom(SEED);
    let accepted = 0;
    for (let k = 0; k < 20_000; k += 1) {
      const vector = inputPacketVectors[randomBelow(random, inputPacketVectors.length)];
      const bytes = mutate(random, vector?.bytes ?? new Uint8Array());
      const packet = decodeInputPacket(bytes);
      if (packet === undefined) continue;
      accepted += 1;
      expect(encodeInputPacket(packet)).toEqual(bytes);
    }
    expect(accepted).toBeGreaterThan(1000);
  });

  test('is read where it lies in a larger buffer', () => {
    const [vector] = inputPacketVectors;
    const around = new Uint8Array(200).fill(0xaa);
    around.set(vector?.bytes ?? [], 31);
    const inside = around.subarray(31, 31 + (vector?.bytes.byteLength ?? 0));
    expect(decodeInputPacket(inside)).toEqual(vector?.packet);
  });

  test('larger than the limit is refused unread', () => {
    expect(
      decodeInputPacket(new Uint8Array(MAX_INPUT_PACKET_BYTES + 1).fill(0xe1)),
    ).toBeUndefined();
  });

  test('has its touch points in the order of their ids, however they were given', () => {
    const touches = [
      { id: 9, x: 1, y: 2 },
      { id: 3, x: 4, y: 5 },
    ];
    const decoded = decodeInputPacket(encodeInputPacket(packetWith({ touches })));
    expect(decoded?.touches.map(({ id }) => id)).toEqual([3, 9]);
  });

  test('without events carries no event number', () => {
    const bytes = encodeInputPacket(packetWith({ firstEventSequence: 77 }));
    expect(decodeInputPacket(bytes)?.firstEventSequence).toBe(0);
  });
});

const badPackets: [string, Partial<InputPacket>][] = [
  ['a sequence that is no uint32', { sequence: 2 ** 32 }],
  ['a time with a fraction', { clientTimeUs: 0.5 }],
  ['a doubled finger', { touches: [1, 1].map((id) => ({ id, x: 0, y: 0 })) }],
  ['a finger 32', { touches: [{ id: 32, x: 0, y: 0 }] }],
  ['too many events', { events: Array<InputEvent>(33).fill({ kind: 'releaseAll' }) }],
  [
    'too many bytes',
    { events: Array<InputEvent>(17).fill({ kind: 'text', text: 'x'.repeat(64) }) },
  ],
  ['key 0', { events: [{ kind: 'key', code: 0, isDown: true }] }],
  ['key 768', { events: [{ kind: 'key', code: 768, isDown: true }] }],
  ['an empty text', { events: [{ kind: 'text', text: '' }] }],
  ['a text of 65 bytes', { events: [{ kind: 'text', text: 'é'.repeat(32) + 'x' }] }],
  [
    'a sixth button',
    { events: [{ kind: 'button', button: 5, isDown: true, x: 0, y: 0, isRelative: false }] },
  ],
];

test.each(badPackets)('%s is a fault of the caller', (_name, change) => {
  expect(() => encodeInputPacket(packetWith(change))).toThrow(RangeError);
});

describe('an input ack', () => {
  const ack = { packetSequence: 1, clientTimeUs: 2, edgeHoldUs: 3, eventSequence: 4 };

  test('of chance comes out as it went in', () => {
    const random = seededRandom(SEED);
    for (let k = 0; k < 500; k += 1) {
      const drawn = {
        packetSequence: randomBelow(random, 2 ** 32),
        clientTimeUs: randomBelow(random, 2 ** 32),
        edgeHoldUs: randomBelow(random, 2 ** 16),
        eventSequence: randomBelow(random, 2 ** 32),
      };
      expect(decodeInputAck(encodeInputAck(drawn))).toEqual(drawn);
    }
  });

  test('of another length is refused', () => {
    const bytes = encodeInputAck(ack);
    for (let length = 0; length < bytes.byteLength; length += 1) {
      expect(decodeInputAck(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeInputAck(Uint8Array.from([...bytes, 0]))).toBeUndefined();
  });

  test('is no packet, and a packet is no ack', () => {
    expect(decodeInputPacket(encodeInputAck(ack))).toBeUndefined();
    expect(decodeInputAck(inputPacketVectors[0]?.bytes ?? new Uint8Array())).toBeUndefined();
  });

  test('beyond its field is a fault of the caller', () => {
    expect(() => encodeInputAck({ ...ack, edgeHoldUs: 65_536 })).toThrow(RangeError);
  });
});

test(`bytes of chance never throw (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED);
  for (let k = 0; k < 5000; k += 1) {
    const bytes = randomBytes(random, randomBelow(random, 80));
    if (bytes.byteLength > 0 && k % 2 === 0) bytes[0] = 0xe1;
    expect(() => [decodeInputPacket(bytes), decodeInputAck(bytes)]).not.toThrow();
  }
});
