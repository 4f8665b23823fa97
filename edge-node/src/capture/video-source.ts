// The contract between whatever makes encoded video and the session host. Today: the media worker (X11 capture + encoder).
// Later: a phone that sends its own H.264 (bitrate 'fixed').
import type { Resolution, VideoCodec } from '@perigee/protocol';

/** One encoded picture. Times are us of the process's monotonic clock (performance.timeOrigin + now()). */
export type EncodedFrame = {
  /** Annex B access unit (H.264) or one VP8 frame. Owned by the receiver. */
  readonly data: Uint8Array;
  readonly codec: VideoCodec;
  readonly isKeyframe: boolean;
  readonly resolution: Resolution;
  /** First damage that this picture shows. */
  readonly damageUs: number;
  /** The moment the pixels were read. */
  readonly captureUs: number;
  readonly encodeStartUs: number;
  readonly encodeEndUs: number;
  /** Newest input event sequence that had been injected when the pixels were read (0 before any). */
  readonly inputSequence: number;
};

export type VideoSourceCapabilities = {
  readonly bitrate: 'perFrame' | 'restart' | 'fixed';
  readonly keyframe: 'idr' | 'restart';
  /** Rates the source can be asked for, frames/s, inclusive. */
  readonly fps: { readonly min: number; readonly max: number };
  readonly resolution: 'any' | 'fixed';
};

export type VideoSourceStats = {
  readonly capturedFrames: number;
  readonly encodedFrames: number;
  /** Frames not captured because the rate's token bucket was empty. */
  readonly coalescedDamage: number;
  readonly encodeP50Ms: number;
  readonly captureP50Ms: number;
};

export type VideoSourceEvents = {
  onFrame(frame: EncodedFrame): void;
  /** The picture changed for the first time since start or resize. */
  onFirstChange(): void;
  /** The source is gone (X server died, encoder failed). Called at most once. */
  onEnded(error: {
    readonly code: 'display-lost' | 'encoder-failed';
    readonly detail: string;
  }): void;
  onStats(stats: VideoSourceStats): void;
};

export interface VideoSource {
  readonly capabilities: VideoSourceCapabilities;
  /** "h264:libx264", and what was rejected by trial with the reason. Valid once started. */
  readonly encoder: { readonly name: string; readonly rejected: readonly string[] };
  /** Opens display and encoder. Frames flow only after `resume()`. @throws {EncoderError} @throws {CaptureError} */
  start(): Promise<void>;
  /** Resizes the display (RandR) and reopens capture and encoder at that size. Resolves with the size reached. */
  resize(resolution: Resolution, fps: number): Promise<Resolution>;
  /** Switches the codec that the player's answer chose; a keyframe follows. */
  setCodec(codec: VideoCodec): Promise<void>;
  /** Starts (or stops) the flow of frames; resuming begins with a keyframe. */
  resume(): void;
  pause(): void;
  requestKeyframe(): void;
  setTargetBitrate(bps: number): void;
  /** Tells the capture that input was injected: the next damage answers it and must not wait for coalescing. */
  noteInput(eventSequence: number): void;
  /** Cooperative stop, at most 1 s; never terminates a thread inside a native call. Idempotent. */
  close(): Promise<void>;
}
