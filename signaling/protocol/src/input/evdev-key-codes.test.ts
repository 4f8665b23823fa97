import { expect, test } from 'vitest';
import { EVDEV_KEY_CODES } from './evdev-key-codes.ts';
import { MAX_KEY_CODE } from './packet.ts';

test('every code fits a key event', () => {
  for (const [name, code] of Object.entries(EVDEV_KEY_CODES)) {
    expect(Number.isInteger(code) && code >= 1 && code <= MAX_KEY_CODE, name).toBe(true);
  }
});

// From linux/input-event-codes.h: places where the table could shift.
test.each([
  ['Escape', 1],
  ['Digit1', 2],
  ['Digit0', 11],
  ['KeyQ', 16],
  ['KeyA', 30],
  ['Backquote', 41],
  ['Backslash', 43],
  ['KeyZ', 44],
  ['Space', 57],
  ['F10', 68],
  ['Numpad7', 71],
  ['IntlBackslash', 86],
  ['F11', 87],
  ['NumpadEnter', 96],
  ['ArrowUp', 103],
  ['MetaLeft', 125],
  ['F13', 183],
  ['F24', 194],
])('%s is evdev %i', (name, code) => {
  expect(EVDEV_KEY_CODES[name]).toBe(code);
});

test('only KanaMode, Lang3, Lang4 and their legacy names share a key', () => {
  const byCode = Map.groupBy(Object.entries(EVDEV_KEY_CODES), ([, code]) => code);
  const shared = [...byCode.values()].filter((names) => names.length > 1);
  expect(shared.map((names) => names.map(([name]) => name).toSorted())).toEqual([
    ['Katakana', 'Lang3'],
    ['Hiragana', 'Lang4'],
  ]);
});

test('a name that objects inherit is no key', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect(EVDEV_KEY_CODES[name]).toBeUndefined();
  }
});
