import { expect, test } from 'vitest';
import { MAX_MAP_ENTRIES, MAX_MESSAGE_VALUES } from '../limits.ts';
import { messageVectors } from '../../test-vectors/index.ts';
import { packPlain } from './msgpack.ts';
import { scanMessage } from './scan.ts';

test.each(messageVectors)('accepts $direction $name and no part of it', ({ bytes }) => {
  expect(scanMessage(bytes)).toBeUndefined();
  for (let length = 0; length < bytes.byteLength; length += 1) {
    expect(scanMessage(bytes.subarray(0, length))).toBe('not-msgpack');
  }
});

const valueTags: [string, number[]][] = [
  ['float 32', [0xca, 0, 0, 0, 0]],
  ['int 8', [0xd0, 0x80]],
  ['int 16', [0xd1, 0x80, 0]],
  ['int 32', [0xd2, 0x80, 0, 0, 0]],
  ['str 16', [0xda, 0, 1, 0x61]],
  ['str 32', [0xdb, 0, 0, 0, 1, 0x61]],
  ['bin 16', [0xc5, 0, 1, 0xff]],
  ['bin 32', [0xc6, 0, 0, 0, 1, 0xff]],
  ['array 32', [0xdd, 0, 0, 0, 1, 0xc0]],
  ['map 16', [0xde, 0, 1, 0xa1, 0x61, 0xc0]],
  ['map 32', [0xdf, 0, 0, 0, 1, 0xa1, 0x61, 0xc0]],
  ['negative fixint', [0xe0]],
];
test.each(valueTags)('knows the width of %s', (_name, bytes) => {
  expect(scanMessage(Uint8Array.from(bytes))).toBeUndefined();
  expect(scanMessage(Uint8Array.from(bytes.slice(0, -1)))).toBe('not-msgpack');
  expect(scanMessage(Uint8Array.from([...bytes, 0]))).toBe('not-msgpack');
});

test('bounds the number of values', () => {
  const values = (count: number) => packPlain(Array<null>(count).fill(null));
  expect(scanMessage(values(MAX_MESSAGE_VALUES - 1))).toBeUndefined();
  expect(scanMessage(values(MAX_MESSAGE_VALUES))).toBe('too-complex');
});

test('bounds the entries of a map', () => {
  const map = (entries: number) =>
    packPlain(Object.fromEntries(Array.from({ length: entries }, (_, k) => [`k${String(k)}`, k])));
  expect(scanMessage(map(MAX_MAP_ENTRIES))).toBeUndefined();
  expect(scanMessage(map(MAX_MAP_ENTRIES + 1))).toBe('too-complex');
});
