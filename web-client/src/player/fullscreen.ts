// Fullscreen, with what belongs to it: landscape on a phone, and the keys that a browser would keep (Escape, Ctrl+W) where it lets them go.
import { listen } from '../dom.ts';

type KeyboardLock = { readonly lock?: () => Promise<void>; readonly unlock?: () => void };
type OrientationLock = {
  readonly lock?: (orientation: 'landscape' | 'portrait') => Promise<void>;
  readonly unlock?: () => void;
};

export type Fullscreen = {
  /** False where the browser has none for elements (iPhone). */
  readonly isAvailable: boolean;
  readonly isOn: () => boolean;
  /** Whether the browser's own keys go to the title now. */
  readonly isKeyboardLocked: () => boolean;
  readonly toggle: () => void;
  readonly close: () => void;
};

const ignore = (): void => undefined; // each of these is a comfort that a browser may refuse

/** Controls fullscreen of `element`; `orientation` is that of the picture. */
export function createFullscreen(
  element: HTMLElement,
  orientation: () => 'landscape' | 'portrait',
  onChange: (isOn: boolean) => void,
): Fullscreen {
  const keyboard = (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard;
  const screenOrientation = screen.orientation as OrientationLock | undefined;
  let isKeyboardLocked = false;
  const isOn = (): boolean => document.fullscreenElement === element;
  const stop = listen(document, 'fullscreenchange', () => {
    if (!isOn()) {
      keyboard?.unlock?.();
      isKeyboardLocked = false;
    }
    onChange(isOn());
  });
  const enter = async (): Promise<void> => {
    await element.requestFullscreen({ navigationUI: 'hide' });
    void screenOrientation?.lock?.(orientation()).catch(ignore);
    await keyboard?.lock?.();
    isKeyboardLocked = keyboard?.lock !== undefined && isOn();
  };
  return {
    isAvailable: document.fullscreenEnabled && 'requestFullscreen' in element,
    isOn,
    isKeyboardLocked: () => isKeyboardLocked,
    toggle: () => {
      (isOn() ? document.exitFullscreen() : enter()).catch(ignore);
    },
    close: () => {
      stop();
      if (isOn()) document.exitFullscreen().catch(ignore);
    },
  };
}
