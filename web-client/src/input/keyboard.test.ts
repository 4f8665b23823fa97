import { EVDEV_KEY_CODES } from '@perigee/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { InputSink } from './input-sink.ts';
import { attachKeyboard, type KeyboardInput } from './keyboard.ts';

/** What the listener asks of an element; `inControl`: it lies in a button or a dialog of the page. */
class FakeElement extends EventTarget {
  inControl = false;
  closest(): FakeElement | null {
    return this.inControl ? this : null;
  }
}

const page = new FakeElement();
const textField = new FakeElement();
let pageWindow: EventTarget;
let sent: string[];
let isActive: boolean;
let isLocked: boolean;
let keyboard: KeyboardInput;

type Stroke = Partial<
  Pick<KeyboardEvent, 'key' | 'repeat' | 'ctrlKey' | 'altKey' | 'metaKey' | 'isComposing'>
> & { readonly on?: EventTarget };

/** Fires a key event; returns whether the page kept the browser from acting on it. */
function press(type: 'keydown' | 'keyup', code: string, { on = page, ...fields }: Stroke = {}) {
  const event = new Event(type, { cancelable: true });
  const defaults = { key: code, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false };
  Object.entries({ ...defaults, code, ...fields }).forEach(([name, value]) => {
    Object.defineProperty(event, name, { value });
  });
  Object.defineProperty(event, 'target', { value: on });
  pageWindow.dispatchEvent(event);
  return event.defaultPrevented;
}

const codeName = (code: number): string =>
  Object.entries(EVDEV_KEY_CODES).find(([, value]) => value === code)?.[0] ?? String(code);

beforeEach(() => {
  pageWindow = new EventTarget();
  vi.stubGlobal('window', pageWindow);
  vi.stubGlobal('Element', FakeElement);
  sent = [];
  isActive = true;
  isLocked = false;
  page.inControl = false;
  const sink: Partial<InputSink> = {
    key: (code, isDown) => {
      sent.push(`${isDown ? '+' : '-'}${codeName(code)}`);
      return true;
    },
    flush: () => undefined,
  };
  keyboard = attachKeyboard({
    sink: sink as InputSink,
    textField: textField as unknown as HTMLElement,
    onShortcut: (event) => event.code === 'F9',
    isKeyboardLocked: () => isLocked,
    isActive: () => isActive,
  });
});
afterEach(() => {
  keyboard.close();
  vi.unstubAllGlobals();
});

describe('the keyboard', () => {
  test('a key goes down once however often the browser repeats it, and up once', () => {
    expect(press('keydown', 'ArrowLeft')).toBe(true);
    expect(press('keydown', 'ArrowLeft', { repeat: true })).toBe(true);
    press('keydown', 'ArrowLeft');
    press('keyup', 'ArrowLeft');
    press('keyup', 'ArrowLeft');
    expect(sent).toEqual(['+ArrowLeft', '-ArrowLeft']);
  });

  test('a key held while its control gets the focus is still released', () => {
    press('keydown', 'KeyW');
    page.inControl = true;
    press('keyup', 'KeyW');
    expect(sent).toEqual(['+KeyW', '-KeyW']);
  });

  test.each([
    ['nothing is playing', () => (isActive = false)],
    ['a button of the page has the focus', () => (page.inControl = true)],
  ])('keys stay with the page while %s', (_name, arrange) => {
    arrange();
    expect(press('keydown', 'Space')).toBe(false);
    expect(sent).toEqual([]);
  });

  test('what belongs to the browser goes to the title once the keyboard is locked', () => {
    expect(press('keydown', 'KeyW', { ctrlKey: true })).toBe(false);
    isLocked = true;
    expect(press('keydown', 'KeyW', { ctrlKey: true })).toBe(true);
    expect(sent).toEqual(['+KeyW']);
  });

  test('a shortcut of the page does not reach the title', () => {
    expect(press('keydown', 'F9')).toBe(true);
    expect(sent).toEqual([]);
  });

  test('in the text field letters become text, and keys without text stay keys', () => {
    expect(press('keydown', 'KeyA', { key: 'a', on: textField })).toBe(false);
    expect(press('keydown', 'KeyA', { key: 'Process', on: textField })).toBe(false);
    press('keydown', 'ArrowUp', { key: 'ArrowUp', on: textField });
    press('keydown', 'KeyC', { key: 'c', ctrlKey: true, on: textField });
    expect(sent).toEqual(['+ArrowUp', '+KeyC']);
  });

  test('letting go of Cmd releases every key, because macOS hides their release', () => {
    press('keydown', 'KeyS', { metaKey: true });
    press('keyup', 'MetaLeft', { key: 'Meta' });
    expect(sent).toEqual(['+KeyS', '-KeyS']);
  });

  test('a key that is held when everything was released goes down anew', () => {
    press('keydown', 'KeyW');
    keyboard.reset();
    press('keyup', 'KeyW');
    press('keydown', 'KeyW');
    expect(sent).toEqual(['+KeyW', '+KeyW']);
  });

  test('nothing is heard after close', () => {
    keyboard.close();
    press('keydown', 'KeyW');
    expect(sent).toEqual([]);
  });
});
