import { expect, test } from 'vitest';
import { mutate, randomBelow, randomBytes, seededRandom } from '../../test-vectors/index.ts';
import { decodeUtf8, encodeUtf8 } from './text-codec.ts';
import { isWellFormedUtf8 } from './utf8.ts';

const SEED = 8;

test(`agrees with a fatal TextDecoder on anything (seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED);
  const text = encodeUtf8('aé€世👋\ud7ff\ue000\u{10ffff}\u0800\u0080');
  let wellFormed = 0;
  for (let k = 0; k < 30_000; k += 1) {
    const bytes = k % 3 === 0 ? randomBytes(random, randomBelow(random, 6)) : mutate(random, text);
    const expected = decodeUtf8(bytes) !== undefined;
    expect(isWellFormedUtf8(bytes, 0, bytes.byteLength), bytes.join()).toBe(expected);
    if (expected) wellFormed += 1;
  }
  expect(wellFormed).toBeGreaterThan(1000);
});

test('every pair of a lead byte and a second byte agrees too', () => {
  for (let lead = 0x80; lead < 0x100; lead += 1) {
    for (let second = 0; second < 0x100; second += 1) {
      for (const tail of [[], [0x80], [0x80, 0x80]]) {
        const bytes = Uint8Array.from([lead, second, ...tail]);
        const expected = decodeUtf8(bytes) !== undefined;
        if (isWellFormedUtf8(bytes, 0, bytes.byteLength) !== expected) {
          expect.fail(`differs on ${bytes.join()}`);
        }
      }
    }
  }
});

test('looks at its part of the bytes alone', () => {
  const bytes = Uint8Array.from([0xff, 0x61, 0xc3, 0xa9, 0xff]);
  expect(isWellFormedUtf8(bytes, 1, 4)).toBe(true);
  expect(isWellFormedUtf8(bytes, 1, 3)).toBe(false);
});
