import { EVDEV_KEY_CODES } from '@perigee/protocol';
import { listen } from '../dom.ts';
import { belongsToBrowser } from './browser-keys.ts';
import type { InputSink } from './input-sink.ts';

export type KeyboardInput = {
  /** Forgets what is held, after everything was released. */
  readonly reset: () => void;
  readonly close: () => void;
};

export type KeyboardOptions = {
  readonly sink: InputSink;
  /** The hidden text field: what it can take as text is not sent as a key. */
  readonly textField: HTMLElement;
  /** Strokes that the page itself acts on; true when it did. */
  readonly onShortcut: (event: KeyboardEvent) => boolean;
  readonly isKeyboardLocked: () => boolean;
  /** While false (nothing is playing yet) every key stays with the page. */
  readonly isActive: () => boolean;
};

/** Controls of the page keep their own keys while they have the focus. */
function isForPage(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, summary, pre, dialog') !== null;
}

/** Whether the text field will turn the stroke into text (or an input method is at work). */
function becomesText(event: KeyboardEvent): boolean {
  if (event.isComposing || event.key === 'Process' || event.code === '') return true;
  return event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
}

/** Sends physical keys, at the time of the event; the title's own system makes repeats and characters of them. */
export function attachKeyboard(options: KeyboardOptions): KeyboardInput {
  const { sink, textField, onShortcut, isKeyboardLocked, isActive } = options;
  const held = new Set<number>();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (onShortcut(event)) {
      event.preventDefault();
      return;
    }
    if (!isActive() || isForPage(event.target)) return;
    if (belongsToBrowser(event, isKeyboardLocked())) return;
    if (event.target === textField && becomesText(event)) return;
    const code = EVDEV_KEY_CODES[event.code];
    if (code === undefined) return;
    event.preventDefault();
    if (event.repeat || held.has(code)) return;
    held.add(code);
    sink.key(code, true);
    sink.flush();
  };
  const onKeyUp = (event: KeyboardEvent): void => {
    const code = EVDEV_KEY_CODES[event.code];
    if (code !== undefined && held.delete(code)) {
      event.preventDefault();
      sink.key(code, false);
    }
    // macOS never reports the release of a key that went up while Cmd was down.
    if (event.key === 'Meta') {
      for (const other of held) sink.key(other, false);
      held.clear();
    }
    sink.flush();
  };
  const stops = [
    listen(window, 'keydown', onKeyDown, { capture: true }),
    listen(window, 'keyup', onKeyUp, { capture: true }),
  ];
  return {
    reset: () => {
      held.clear();
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}
