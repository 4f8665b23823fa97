import { expect, test } from 'vitest';
import { edgeChallengeBytes } from './edge-challenge.ts';
import { encodeUtf8 } from './wire/text-codec.ts';

test('a challenge is the context, the nonce and the key', () => {
  const nonce = new Uint8Array(32).fill(1);
  const key = new Uint8Array(32).fill(2);
  const context = encodeUtf8('perigee edge challenge v1\0');
  expect(context.byteLength).toBe(26);
  expect(edgeChallengeBytes(nonce, key)).toEqual(Uint8Array.from([...context, ...nonce, ...key]));
});

test.each([
  [31, 32],
  [32, 33],
  [0, 0],
])('a nonce of %i bytes with a key of %i is refused', (nonceBytes, keyBytes) => {
  const make = () => edgeChallengeBytes(new Uint8Array(nonceBytes), new Uint8Array(keyBytes));
  expect(make).toThrow(RangeError);
});
