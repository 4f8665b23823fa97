import { describe, expect, test } from 'vitest';
import {
  mutate,
  messageVectors,
  PARSERS,
  randomBelow,
  seededRandom,
} from '../test-vectors/index.ts';
import {
  encodeMessage,
  parseEdgeToSignaling,
  parsePlayerToEdgeControl,
  parsePlayerToSignaling,
} from './codec.ts';
import { errorMessage } from './error-message.ts';
import {
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_EDGE_MESSAGE_BYTES,
  MAX_PLAYER_MESSAGE_BYTES,
} from './limits.ts';
import { packPlain } from './wire/msgpack.ts';

const SEED = 4;
const hello = messageVectors.find(({ name }) => name === 'hello');
const edgeHello = messageVectors.find(({ name }) => name === 'edgeHello');
const goodbye = encodeMessage({ type: 'goodbye' });

function helloWith(fields: Record<string, unknown>) {
  return parsePlayerToSignaling(packPlain({ ...hello?.message, ...fields }));
}

test.each(messageVectors)('$direction $name cut at any byte is refused', (vector) => {
  for (let length = 0; length < vector.bytes.byteLength; length += 1) {
    expect(PARSERS[vector.direction](vector.bytes.subarray(0, length)).ok).toBe(false);
  }
});

test.each([
  { name: 'playerToSignaling', maxBytes: MAX_PLAYER_MESSAGE_BYTES },
  { name: 'signalingToPlayer', maxBytes: MAX_PLAYER_MESSAGE_BYTES },
  { name: 'edgeToSignaling', maxBytes: MAX_EDGE_MESSAGE_BYTES },
  { name: 'signalingToEdge', maxBytes: MAX_EDGE_MESSAGE_BYTES },
  { name: 'edgeToPlayerControl', maxBytes: MAX_CONTROL_MESSAGE_BYTES },
  { name: 'playerToEdgeControl', maxBytes: MAX_CONTROL_MESSAGE_BYTES },
] as const)('$name refuses more than $maxBytes bytes unread', ({ name, maxBytes }) => {
  expect(PARSERS[name](new Uint8Array(maxBytes + 1))).toMatchObject({ code: 'too-large' });
  expect(PARSERS[name](new Uint8Array(maxBytes))).toMatchObject({ code: 'not-msgpack' });
});

describe('a parsed message', () => {
  test('is plain, on its own, and its binary is no Buffer, also from a Buffer-like view', () => {
    const bytes = Uint8Array.from(edgeHello?.bytes ?? []);
    const result = parseEdgeToSignaling(bytes);
    bytes.fill(0);
    expect(result).toEqual({ ok: true, message: edgeHello?.message });
    if (!result.ok || result.message.type !== 'edgeHello') throw new Error('no edgeHello');
    expect(Object.getPrototypeOf(result.message.publicKey)).toBe(Uint8Array.prototype);
  });

  test('has none of the fields that this version does not know', () => {
    expect(helloWith({ laterField: { deep: [1] } })).toEqual({ ok: true, message: hello?.message });
  });

  test(`is what encodes to a message that parses the same (seed ${String(SEED)})`, () => {
    const random = seededRandom(SEED);
    let accepted = 0;
    for (let k = 0; k < 20_000; k += 1) {
      const vector = messageVectors[randomBelow(random, messageVectors.length)];
      if (vector === undefined) continue;
      const parse = PARSERS[vector.direction];
      const result = parse(mutate(random, vector.bytes));
      if (!result.ok) continue;
      accepted += 1;
      expect(parse(encodeMessage(result.message))).toEqual(result);
    }
    expect(accepted).toBeGreaterThan(300);
  });
});

describe('a refusal', () => {
  test('names the field and what was expected, never what was received', () => {
    const result = helloWith({ capabilities: { codecs: ['secret-codec'] } });
    expect(result).toMatchObject({ ok: false, code: 'bad-shape' });
    expect(JSON.stringify(result)).toContain('hello.capabilities.codecs.0');
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  test.each([
    [{ versions: { min: 0, max: 1 } }],
    [{ versions: { min: 1.5, max: 2 } }],
    [{ titleId: 'A' }],
    [{ titleId: 'a'.repeat(65) }],
    [{ titleId: null }],
    [{ resumeToken: 'x'.repeat(23) }],
    [{ capabilities: [] }],
  ])('comes for hello with %j', (fields) => {
    expect(helloWith(fields)).toMatchObject({ ok: false, code: 'bad-shape' });
  });
});

describe('encoding', () => {
  test('leaves out fields that are undefined', () => {
    const bytes = packPlain({ type: 'goodbye', extra: undefined });
    expect(bytes).toEqual(goodbye);
  });

  test('repairs a lone surrogate, which the receiver would refuse', () => {
    const code = 'title-exited' as const;
    const logTail = [`cut \ud83d`, 'x'.repeat(100) + '\udc4b'];
    const bytes = encodeMessage({ type: 'sessionEnding', code, message: '', logTail });
    expect(PARSERS.edgeToPlayerControl(bytes)).toMatchObject({
      ok: true,
      message: { logTail: ['cut \ufffd', 'x'.repeat(100) + '\ufffd'] },
    });
  });

  test.each([[10n], [new Map()], [new Date(0)], [() => 1], [Symbol('s')]])(
    'of what the wire does not know is a fault of ours (case %#)',
    (value) => {
      expect(() => packPlain({ type: 'goodbye', value })).toThrow(TypeError);
    },
  );

  test('gives a buffer of its own, of exactly the message', () => {
    expect(goodbye.buffer.byteLength).toBe(goodbye.byteLength);
    const copy = Uint8Array.from(goodbye);
    encodeMessage({ type: 'requestKeyframe' });
    expect(goodbye).toEqual(copy);
  });
});

test('the prototype of objects stays as it is', () => {
  const evil = Uint8Array.from([
    0x82, 0xa4, 0x74, 0x79, 0x70, 0x65, 0xa7, 0x67, 0x6f, 0x6f, 0x64, 0x62, 0x79, 0x65, 0xa9, 0x5f,
    0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f, 0x81, 0xa8, 0x70, 0x6f, 0x6c, 0x6c, 0x75, 0x74,
    0x65, 0x64, 0x01,
  ]);
  expect(parsePlayerToEdgeControl(evil)).toMatchObject({ ok: false, code: 'forbidden-value' });
  expect('polluted' in {}).toBe(false);
});

test('an error message is the row of its code', () => {
  expect(errorMessage('no-edge')).toEqual({
    type: 'error',
    code: 'no-edge',
    message: 'No edge node is online right now. Try again in a minute.',
    retryable: true,
  });
});
