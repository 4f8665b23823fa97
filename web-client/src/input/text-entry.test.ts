import { EVDEV_KEY_CODES } from '@perigee/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { InputSink } from './input-sink.ts';
import { attachTextEntry } from './text-entry.ts';

class FakeField extends EventTarget {
  value = '';
  setSelectionRange(): void {
    // The caret is the browser's business.
  }
}
class FakeInputEvent extends Event {
  readonly inputType: string;
  readonly data: string | null;
  readonly dataTransfer = null;
  constructor(inputType: string, data: string | null = null) {
    super('beforeinput', { cancelable: true });
    this.inputType = inputType;
    this.data = data;
  }
}

let field: FakeField;
let sent: string[];
let toggles: boolean[];
let close: () => void;

beforeEach(() => {
  vi.stubGlobal('InputEvent', FakeInputEvent);
  field = new FakeField();
  sent = [];
  toggles = [];
  const sink: Partial<InputSink> = {
    key: (code, isDown) => {
      const name = Object.entries(EVDEV_KEY_CODES).find(([, value]) => value === code)?.[0];
      if (isDown) sent.push(`<${name ?? String(code)}>`);
      return true;
    },
    text: (text) => {
      sent.push(text);
      return true;
    },
    flush: () => undefined,
  };
  close = attachTextEntry(
    field as unknown as HTMLTextAreaElement,
    sink as InputSink,
    (isOpen) => void toggles.push(isOpen),
  ).close;
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function type(inputType: string, data: string | null = null): boolean {
  const event = new FakeInputEvent(inputType, data);
  field.dispatchEvent(event);
  return event.defaultPrevented;
}
function compose(name: 'start' | 'update' | 'end', data = ''): void {
  field.dispatchEvent(Object.assign(new Event(`composition${name}`), { data }));
}

describe('the text field', () => {
  test('what is typed leaves as text and not as characters of the field', () => {
    expect(type('insertText', 'a')).toBe(true);
    expect(type('insertText', 'é')).toBe(true);
    expect(sent).toEqual(['a', 'é']);
  });

  test.each([
    ['deleteContentBackward', '<Backspace>'],
    ['deleteContentForward', '<Delete>'],
    ['insertLineBreak', '<Enter>'],
    ['insertParagraph', '<Enter>'],
  ])('%s presses %s', (inputType, key) => {
    type(inputType);
    expect(sent).toEqual([key]);
  });

  test('a Latin word that grows under a phone keyboard is seen letter by letter, corrections too', () => {
    compose('start');
    for (const text of ['t', 'te', 'teh']) compose('update', text);
    compose('end', 'the');
    expect(sent).toEqual(['t', 'e', 'h', '<Backspace>', '<Backspace>', 'he']);
  });

  test('kana wait until they are committed', () => {
    compose('start');
    for (const text of ['か', 'かん']) compose('update', text);
    expect(sent).toEqual([]);
    compose('end', '漢');
    expect(sent).toEqual(['漢']);
  });

  test('composed text is not sent twice', () => {
    compose('start');
    expect(type('insertCompositionText', 'a')).toBe(false);
    compose('update', 'a');
    compose('end', 'a');
    expect(sent).toEqual(['a']);
  });

  test('something always stands in the field, so that Backspace has something to report', () => {
    field.dispatchEvent(new Event('focus'));
    expect(field.value).not.toBe('');
    field.value = '';
    field.dispatchEvent(Object.assign(new Event('input'), { isComposing: false }));
    expect(field.value).not.toBe('');
    field.dispatchEvent(new Event('blur'));
    expect(toggles).toEqual([true, false]);
  });

  test('nothing is heard after close', () => {
    close();
    type('insertText', 'a');
    expect(sent).toEqual([]);
  });
});
