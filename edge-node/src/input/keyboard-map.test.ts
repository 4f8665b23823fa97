import { expect, it, test } from 'vitest';
import { KeyboardMap, keysymOf } from './keyboard-map.ts';

function keysyms(rows: readonly (readonly number[])[]): Buffer {
  const bytes = Buffer.alloc(rows.length * 8);
  rows
    .flatMap((row) => [row[0] ?? 0, row[1] ?? 0])
    .forEach((k, i) => bytes.writeUInt32LE(k, i * 4));
  return bytes;
}

test.each([
  { character: 'a', keysym: 0x61 },
  { character: 'é', keysym: 0xe9 },
  { character: '€', keysym: 0x0100_20ac },
  { character: '你', keysym: 0x0100_4f60 },
  { character: '😀', keysym: 0x0101_f600 },
  { character: '\n', keysym: 0xff0d },
  { character: '\t', keysym: 0xff09 },
  { character: '\u0001', keysym: undefined },
  { character: '\u007f', keysym: undefined },
])('knows the keysym of $character', ({ character, keysym }) => {
  expect(keysymOf(character.codePointAt(0) ?? 0)).toBe(keysym);
});

it('tells plain and shifted symbols apart and finds spare keycodes', () => {
  const map = new KeyboardMap(keysyms([[0x61, 0x41], [], [0xffe1, 0], [0, 0], [0x61, 0]]), 2);
  expect(map.strokeOf(0x61)).toEqual({ keycode: 8, needsShift: false });
  expect(map.strokeOf(0x41)).toEqual({ keycode: 8, needsShift: true });
  expect(map.strokeOf(0x62)).toBeUndefined();
  expect(map.shiftKeycode).toBe(10);
  expect(map.spareKeycodes).toEqual([9, 11]);
});

it('ignores symbols that need another modifier, and half a row', () => {
  const bytes = Buffer.alloc(13 * 4);
  bytes.writeUInt32LE(0x61, 0);
  bytes.writeUInt32LE(0x40, 2 * 4);
  bytes.writeUInt32LE(0x62, 12 * 4);
  const map = new KeyboardMap(bytes, 4);
  expect(map.strokeOf(0x40)).toBeUndefined();
  expect(map.strokeOf(0x62)).toBeUndefined();
  expect(new KeyboardMap(Buffer.alloc(8), 0).spareKeycodes).toEqual([8, 9]);
});
