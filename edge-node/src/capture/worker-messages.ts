// The whole protocol between the session host's main thread and its media worker. Both are ours: nothing is checked again here.
import type { Resolution, VideoCodec } from '@perigee/protocol';
import type { EncodedFrame, VideoSourceStats } from './video-source.ts';
import type { XAccess } from './xcb.ts';

/** `workerData` of the media worker. */
export type MediaWorkerData = {
  readonly display: XAccess;
  readonly codec: VideoCodec;
  readonly fps: number;
  readonly bitrateBps: number;
  /** See MediaShared. */
  readonly shared: SharedArrayBuffer;
  /** Main thread's `performance.timeOrigin + now` minus the system's monotonic clock, us: both threads then tell the same time. */
  readonly clockOffsetUs: number;
};

/** Requests that are answered by `done` or `failed` with the same id. */
export type MediaRequest =
  | { readonly type: 'resize'; readonly resolution: Resolution; readonly fps: number }
  | { readonly type: 'setCodec'; readonly codec: VideoCodec };

export type MainToMedia =
  | { readonly type: 'request'; readonly requestId: number; readonly request: MediaRequest }
  | { readonly type: 'resume' }
  | { readonly type: 'pause' }
  | { readonly type: 'keyframe' }
  | { readonly type: 'bitrate'; readonly bps: number }
  | { readonly type: 'stop' };

/** What is open: told at the start and after each request. */
export type MediaState = {
  readonly resolution: Resolution;
  /** "h264:libx264" */
  readonly encoder: string;
  readonly rejected: readonly string[];
  readonly bitrateChange: 'perFrame' | 'restart';
};

export type MediaToMain =
  | { readonly type: 'opened'; readonly state: MediaState }
  | { readonly type: 'openFailed'; readonly failure: MediaFailure }
  | { readonly type: 'done'; readonly requestId: number; readonly state: MediaState }
  | { readonly type: 'failed'; readonly requestId: number; readonly failure: MediaFailure }
  /** `frame.data`'s buffer is transferred. */
  | { readonly type: 'frame'; readonly frame: EncodedFrame }
  | { readonly type: 'firstChange' }
  | { readonly type: 'stats'; readonly stats: VideoSourceStats }
  | {
      readonly type: 'ended';
      readonly code: 'display-lost' | 'encoder-failed';
      readonly detail: string;
    };

/** An error that crossed threads. */
export type MediaFailure = {
  readonly kind: 'capture' | 'encoder' | 'other';
  readonly code: string;
  readonly detail: string;
};
