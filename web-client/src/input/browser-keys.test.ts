import { describe, expect, test } from 'vitest';
import { belongsToBrowser, isStatsShortcut, type KeyStroke } from './browser-keys.ts';

const stroke = (code: string, modifiers: Partial<KeyStroke> = {}): KeyStroke => ({
  code,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  ...modifiers,
});

describe('the browser keeps', () => {
  test.each([
    stroke('F5'),
    stroke('F11'),
    stroke('F12'),
    stroke('KeyR', { ctrlKey: true }),
    stroke('KeyW', { metaKey: true }),
    stroke('Digit0', { ctrlKey: true }),
    stroke('KeyI', { ctrlKey: true, shiftKey: true }),
    stroke('F4', { altKey: true }),
  ])('$code', (key) => {
    expect(belongsToBrowser(key, false)).toBe(true);
  });
});

describe('the title gets', () => {
  test.each([
    stroke('Tab'),
    stroke('Space'),
    stroke('F1'),
    stroke('Escape'),
    stroke('ControlLeft', { ctrlKey: true }),
    stroke('ArrowUp', { ctrlKey: true }),
    stroke('KeyS', { ctrlKey: true }),
    stroke('AltLeft', { altKey: true }),
  ])('$code', (key) => {
    expect(belongsToBrowser(key, false)).toBe(false);
  });

  test('all but F11 and F12 while the keyboard is locked', () => {
    expect(belongsToBrowser(stroke('KeyW', { ctrlKey: true }), true)).toBe(false);
    expect(belongsToBrowser(stroke('F5'), true)).toBe(false);
    expect(belongsToBrowser(stroke('F11'), true)).toBe(true);
  });
});

test('Ctrl+Alt+S is the page’s own', () => {
  expect(isStatsShortcut(stroke('KeyS', { ctrlKey: true, altKey: true }))).toBe(true);
  expect(isStatsShortcut(stroke('KeyS', { ctrlKey: true }))).toBe(false);
});
