import type { VideoCodec } from '@perigee/protocol';
import type { Picture } from './picture.ts';

/** What an encoder is opened for. Width and height in pixels, even; it is reopened for another size. */
export type EncoderSettings = {
  readonly width: number;
  readonly height: number;
  /** Frames/s that the budget of one frame is computed from; real times come with each picture. */
  readonly fps: number;
  readonly bitrateBps: number;
};

export type EncodeOptions = {
  /** Presentation time, us, strictly increasing. */
  readonly ptsUs: number;
  readonly forceKeyframe: boolean;
  /** Target from this picture on, bit/s. */
  readonly bitrateBps: number;
};

export type EncodedPicture = {
  /** Annex B access unit or VP8 frame in memory of its own; the caller owns it. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly isKeyframe: boolean;
};

/** One open encoder: a picture in, its packet out, in the same call. Used from one thread. */
export interface Encoder {
  /** FFmpeg's name, such as "libx264". */
  readonly name: string;
  readonly codec: VideoCodec;
  /** Whether a new bitrate is taken over without a keyframe. */
  readonly bitrateChange: 'perFrame' | 'restart';
  /** Keeps no reference to `picture`. @throws {EncoderError} encode-failed, no-packet */
  encode(picture: Picture, options: EncodeOptions): EncodedPicture;
  /** Idempotent; frees native memory at once. */
  close(): void;
}
