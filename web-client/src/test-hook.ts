// `window.perigee`: what end-to-end tests and benchmarks read from outside. Always there, part of the page's contract with them;
// it shows and does nothing that the browser's own tools could not.
import type { Marks } from './player/marks.ts';
import type { PlayerState } from './player/player-session.ts';
import type { StatsSnapshot } from './stats/stats-rows.ts';

export type PerigeeHook = {
  /** `idle` on the catalogue. */
  readonly state: PlayerState['name'] | 'idle';
  /** Code of the failure page that is shown, else null. */
  readonly failureCode: string | null;
  readonly sessionId: string | null;
  readonly peerId: string | null;
  /** The current connection, else null. */
  readonly pc: RTCPeerConnection | null;
  readonly video: HTMLVideoElement | null;
  /** `presentationTime` of the first frame of this run, ms of performance.now(); null before it. */
  readonly firstFramePresentedAtMs: number | null;
  /** Points of the start, ms of performance.now(). `tap` is 0 (the navigation) when the player was opened directly. */
  readonly marks: Readonly<Marks>;
  /** Figures of the last second. */
  readonly stats: () => StatsSnapshot | null;
  /** Asks the edge for a picture from scratch, as after a decoder fault; nothing happens unless the session is live. */
  readonly requestKeyframe: () => void;
};

declare global {
  interface Window {
    perigee: PerigeeHook;
  }
}

const IDLE: PerigeeHook = {
  state: 'idle',
  failureCode: null,
  sessionId: null,
  peerId: null,
  pc: null,
  video: null,
  firstFramePresentedAtMs: null,
  marks: {},
  stats: () => null,
  requestKeyframe: () => undefined,
};

/** Shows `source` at `window.perigee` from now on; undefined: nothing is being played. */
export function publishHook(source?: PerigeeHook): void {
  Object.defineProperty(window, 'perigee', {
    value: source ?? IDLE,
    configurable: true,
    enumerable: true,
  });
}
