// When the picture gets the whole screen: in fullscreen, and while playing on a phone that lies. The bar then hides behind a small handle.
import { listen } from '../dom.ts';

/** A screen so low that a bar above the picture would cost picture. The layout's style sheet asks the same. */
const LOW_SCREEN = '(orientation: landscape) and (max-height: 520px)';

export type ImmersiveOptions = {
  /** Gets `data-immersive` while the picture has the screen, and `data-menu` while the bar lies over it. */
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly handle: HTMLElement;
  readonly onMenu: (isOpen: boolean) => void;
};

export type Immersive = {
  /** Whether there is a picture to give the screen to. */
  readonly setPlaying: (isPlaying: boolean) => void;
  readonly close: () => void;
};

/** Watches the screen; the handle shows and hides the bar, and a tap on the picture hides it. */
export function createImmersive({ root, stage, handle, onMenu }: ImmersiveOptions): Immersive {
  const lowScreen = matchMedia(LOW_SCREEN);
  let isPlaying = false;
  const setMenu = (isOpen: boolean): void => {
    if (root.hasAttribute('data-menu') === isOpen) return;
    root.toggleAttribute('data-menu', isOpen);
    onMenu(isOpen);
  };
  const update = (): void => {
    const isImmersive = document.fullscreenElement === root || (isPlaying && lowScreen.matches);
    root.toggleAttribute('data-immersive', isImmersive);
    if (!isImmersive) setMenu(false);
  };
  const stops = [
    listen(lowScreen, 'change', update),
    listen(document, 'fullscreenchange', update),
    listen(handle, 'click', () => {
      setMenu(!root.hasAttribute('data-menu'));
    }),
    listen(stage, 'pointerdown', () => {
      setMenu(false);
    }),
  ];
  return {
    setPlaying: (next) => {
      isPlaying = next;
      update();
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}
