// Sound has an element of its own: in the picture's element it would hold the picture back (lip sync, MEDIA.md section 3). Browsers play
// sound only after a gesture, so the first tap or key starts it.
import { listen } from '../dom.ts';

/** `waiting`: the browser wants a gesture first. */
export type SoundState = 'none' | 'waiting' | 'on' | 'off';

export type Sound = {
  readonly setTrack: (track: MediaStreamTrack) => void;
  /** The player's switch. */
  readonly toggle: () => void;
  readonly state: () => SoundState;
  readonly close: () => void;
};

/** Events that browsers accept as a gesture. */
const GESTURES = ['pointerup', 'touchend', 'keydown', 'click'] as const;

/** Drives `audio`; `onState` hears every change. */
export function createSound(audio: HTMLAudioElement, onState: (state: SoundState) => void): Sound {
  let state: SoundState = 'none';
  const set = (next: SoundState): void => {
    if (state === next) return;
    state = next;
    onState(next);
  };
  const play = (): void => {
    if (audio.srcObject === null) return;
    audio.play().then(
      () => {
        set(audio.muted ? 'off' : 'on');
      },
      () => {
        set('waiting');
      },
    );
  };
  const onGesture = (): void => {
    if (state === 'waiting') play();
  };
  const stops = GESTURES.map((name) =>
    listen(window, name, onGesture, { capture: true, passive: true }),
  );
  return {
    setTrack: (track) => {
      audio.srcObject = new MediaStream([track]);
      play();
    },
    toggle: () => {
      if (state === 'waiting') {
        play();
        return;
      }
      if (state === 'none') return;
      audio.muted = !audio.muted;
      set(audio.muted ? 'off' : 'on');
    },
    state: () => state,
    close: () => {
      for (const stop of stops) stop();
      audio.srcObject = null;
    },
  };
}
