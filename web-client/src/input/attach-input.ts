// All input of a player's page: who listens to what, and when everything is let go.
import { MAX_TOUCH_POINTS, type InputKind } from '@perigee/protocol';
import { listen } from '../dom.ts';
import { createFingersInput } from './fingers.ts';
import type { InputSink } from './input-sink.ts';
import { attachKeyboard } from './keyboard.ts';
import { isInside, pictureBox, type Box, type Size } from './letterbox.ts';
import { createMouseInput } from './mouse.ts';
import { createPointerLock } from './pointer-lock.ts';
import { attachTextEntry, type TextEntry } from './text-entry.ts';

export type InputOptions = {
  readonly stage: HTMLElement;
  readonly video: HTMLElement;
  readonly textField: HTMLTextAreaElement;
  readonly sink: InputSink;
  /** The picture's own size in pixels. */
  readonly pictureSize: () => Size;
  readonly kinds: () => readonly InputKind[];
  readonly isKeyboardLocked: () => boolean;
  /** Whether there is a picture to play with. */
  readonly isActive: () => boolean;
  readonly onShortcut: (event: KeyboardEvent) => boolean;
  readonly onLockChange: (isLocked: boolean) => void;
  readonly onTextEntry: (isOpen: boolean) => void;
};

export type Input = {
  readonly textEntry: TextEntry;
  readonly toggleLock: () => void;
  readonly close: () => void;
};

/** Pointer events that carry motion; the raw one comes up to a refresh earlier (secure contexts of Chromium). */
const POINTER_EVENTS = ['pointerdown', 'pointermove', 'pointerrawupdate', 'pointerup'] as const;

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, dialog, .cover') !== null;
}

function capture(stage: HTMLElement, event: PointerEvent): void {
  try {
    stage.setPointerCapture(event.pointerId); // a drag that leaves the picture still ends here
  } catch {
    // The pointer is gone already: there is no drag to follow.
  }
}

function suppressDefaults(stage: HTMLElement): (() => void)[] {
  return (['contextmenu', 'dragstart', 'selectstart', 'auxclick'] as const).map((name) =>
    listen(stage, name, (event) => {
      event.preventDefault();
    }),
  );
}

function fingerMode(kinds: readonly InputKind[]): 'touch' | 'mouse' | 'none' {
  if (kinds.includes('touch')) return 'touch';
  return kinds.includes('mouse') ? 'mouse' : 'none';
}

/** Listens on the stage (pointers) and the window (keys, focus). */
export function attachInput(options: InputOptions): Input {
  const { stage, video, sink, kinds } = options;
  const boxOfPicture = (): Box => pictureBox(video.getBoundingClientRect(), options.pictureSize());
  const lock = createPointerLock(stage, options.onLockChange);
  const mouse = createMouseInput({
    sink,
    pictureBox: boxOfPicture,
    pictureWidth: () => options.pictureSize().width,
    isLocked: lock.isLocked,
  });
  const fingers = createFingersInput({
    sink,
    pictureBox: boxOfPicture,
    mode: () => fingerMode(kinds()),
    maxFingers: MAX_TOUCH_POINTS,
  });
  const keyboard = attachKeyboard(options);
  const textEntry = attachTextEntry(options.textField, sink, options.onTextEntry);

  const releaseAll = (): void => {
    keyboard.reset();
    mouse.reset();
    fingers.reset();
    sink.releaseAll();
    sink.flush();
  };
  const onPointer = (event: PointerEvent): void => {
    if (isControl(event.target)) return;
    if (event.type === 'pointerdown') {
      if (event.pointerType === 'mouse' && !textEntry.isOpen())
        stage.focus({ preventScroll: true });
      event.preventDefault();
      if (!lock.isLocked()) capture(stage, event);
    }
    if (event.pointerType === 'touch') fingers.onPointer(event);
    else if (kinds().includes('mouse')) mouse.onPointer(event);
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (kinds().includes('mouse')) mouse.onWheel(event);
  };
  const onDoubleClick = (event: MouseEvent): void => {
    const isOnPicture = isInside({ x: event.clientX, y: event.clientY }, boxOfPicture());
    if (isOnPicture && !isControl(event.target) && kinds().includes('mouse')) lock.enter();
  };
  const stops = [
    ...POINTER_EVENTS.map((name) =>
      listen(stage, name, (event) => {
        onPointer(event as PointerEvent);
      }),
    ),
    listen(stage, 'pointercancel', releaseAll),
    listen(stage, 'wheel', onWheel, { passive: false }),
    listen(stage, 'dblclick', onDoubleClick),
    ...suppressDefaults(stage),
    listen(window, 'blur', releaseAll),
    listen(document, 'visibilitychange', () => {
      if (document.visibilityState === 'hidden') releaseAll();
    }),
  ];
  return {
    textEntry,
    toggleLock: lock.toggle,
    close: () => {
      for (const stop of stops) stop();
      keyboard.close();
      textEntry.close();
      lock.close();
    },
  };
}
