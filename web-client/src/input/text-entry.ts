// Text and input methods: a hidden <textarea> takes the focus when the player asks for a keyboard, and what is committed there is sent as text.
import { EVDEV_KEY_CODES } from '@perigee/protocol';
import { listen } from '../dom.ts';
import type { InputSink } from './input-sink.ts';
import { isPlainLatin, textChange } from './text-change.ts';

/** Stands in the field so that a phone's keyboard has something to delete: without it Backspace reports nothing. */
const FILLER = '    ';

export type TextEntry = {
  readonly isOpen: () => boolean;
  /** Takes the focus, which raises the keyboard of a phone. Call within a user's gesture. */
  readonly open: () => void;
  /** Gives the focus to `next`. */
  readonly dismiss: (next: HTMLElement) => void;
  readonly close: () => void;
};

function tap(sink: InputSink, code: string): void {
  const key = EVDEV_KEY_CODES[code];
  if (key === undefined) return;
  sink.key(key, true);
  sink.key(key, false);
}

/** Keys that a phone's keyboard reports only as what they would do to the text. */
const KEY_OF_INPUT_TYPE: Readonly<Record<string, string>> = {
  deleteContentBackward: 'Backspace',
  deleteWordBackward: 'Backspace',
  deleteContentForward: 'Delete',
  insertLineBreak: 'Enter',
  insertParagraph: 'Enter',
};

/** Listens to `field`; `onToggle` hears when it gains or loses the focus. */
export function attachTextEntry(
  field: HTMLTextAreaElement,
  sink: InputSink,
  onToggle: (isOpen: boolean) => void,
): TextEntry {
  let composed = '';
  const refill = (): void => {
    field.value = FILLER;
    field.setSelectionRange(FILLER.length, FILLER.length);
  };
  const sendComposed = (text: string): void => {
    const { backspaces, insert } = textChange(composed, text);
    for (let i = 0; i < backspaces; i++) tap(sink, 'Backspace');
    if (insert !== '') sink.text(insert);
    sink.flush();
    composed = text;
  };
  const onBeforeInput = (event: Event): void => {
    if (!(event instanceof InputEvent) || event.inputType === 'insertCompositionText') return;
    const key = KEY_OF_INPUT_TYPE[event.inputType];
    if (key !== undefined) tap(sink, key);
    else {
      const text = event.data ?? event.dataTransfer?.getData('text/plain') ?? '';
      if (text !== '') sink.text(text);
    }
    sink.flush();
    event.preventDefault();
  };
  const stops = [
    listen(field, 'beforeinput', onBeforeInput),
    listen(field, 'compositionstart', () => {
      composed = '';
    }),
    listen(field, 'compositionupdate', (event) => {
      if (isPlainLatin(event.data)) sendComposed(event.data);
    }),
    listen(field, 'compositionend', (event) => {
      sendComposed(event.data);
      composed = '';
      refill();
    }),
    listen(field, 'input', (event) => {
      if (!event.isComposing) refill(); // some keyboards ignore preventDefault
    }),
    listen(field, 'focus', () => {
      refill();
      onToggle(true);
    }),
    listen(field, 'blur', () => {
      onToggle(false);
    }),
  ];
  return {
    isOpen: () => document.activeElement === field,
    open: () => {
      field.focus({ preventScroll: true });
    },
    dismiss: (next) => {
      field.blur();
      next.focus({ preventScroll: true });
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}
