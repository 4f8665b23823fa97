import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSound, type Sound, type SoundState } from './sound.ts';

let pageWindow: EventTarget;
let hasGesture: boolean;
let audio: { srcObject: unknown; muted: boolean; play: () => Promise<void> };
let states: SoundState[];
let sound: Sound;
const track = {} as MediaStreamTrack;

beforeEach(() => {
  pageWindow = new EventTarget();
  vi.stubGlobal('window', pageWindow);
  vi.stubGlobal('MediaStream', EventTarget); // nobody looks into it
  hasGesture = false;
  audio = {
    srcObject: null,
    muted: false,
    play: () => (hasGesture ? Promise.resolve() : Promise.reject(new Error('no gesture'))),
  };
  states = [];
  sound = createSound(audio as unknown as HTMLAudioElement, (state) => states.push(state));
});
afterEach(() => {
  sound.close();
  vi.unstubAllGlobals();
});

describe('sound', () => {
  test('plays at once where the browser allows it', async () => {
    hasGesture = true;
    sound.setTrack(track);
    await vi.waitFor(() => {
      expect(states).toEqual(['on']);
    });
  });

  test.each(['pointerup', 'touchend', 'keydown', 'click'])(
    'waits for a gesture, and %s is one',
    async (gesture) => {
      sound.setTrack(track);
      await vi.waitFor(() => {
        expect(states).toEqual(['waiting']);
      });
      hasGesture = true;
      pageWindow.dispatchEvent(new Event(gesture));
      await vi.waitFor(() => {
        expect(states).toEqual(['waiting', 'on']);
      });
    },
  );

  test('the switch mutes and unmutes', async () => {
    hasGesture = true;
    sound.setTrack(track);
    await vi.waitFor(() => {
      expect(sound.state()).toBe('on');
    });
    sound.toggle();
    expect(audio.muted).toBe(true);
    sound.toggle();
    expect(states).toEqual(['on', 'off', 'on']);
  });

  test('a new track keeps the choice of the player', async () => {
    hasGesture = true;
    sound.setTrack(track);
    await vi.waitFor(() => {
      expect(sound.state()).toBe('on');
    });
    sound.toggle();
    sound.setTrack(track);
    await Promise.resolve();
    expect(sound.state()).toBe('off');
  });

  test('without a track there is nothing to switch', () => {
    sound.toggle();
    expect(sound.state()).toBe('none');
  });
});
