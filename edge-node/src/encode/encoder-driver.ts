import type { VideoCodec } from '@perigee/protocol';
import type { FFEncoderCodec } from 'node-av/constants';
import type { CodecContext, Frame } from 'node-av/lib';
import type { EncoderSettings } from './encoder.ts';
import type { Picture } from './picture.ts';

/** Gives the encoder the frame it can take (itself, NV12, a surface). Owned by the encoder that opened it. */
export type FrameFeed = { frameFor(picture: Picture): Frame; close(): void };

/** How one FFmpeg encoder is set up for low latency; `AvEncoder` does the rest. */
export type EncoderDriver = {
  readonly name: string;
  readonly ffmpegName: FFEncoderCodec;
  readonly codec: VideoCodec;
  readonly bitrateChange: 'perFrame' | 'restart';
  /** Size of the rate control's buffer, as time at the target bitrate, ms: the largest frame. */
  readonly bufferMs: number;
  /** Longest distance of keyframes in frames; each encoder has its own word for "never". */
  readonly gopFrames: number;
  options(settings: EncoderSettings): Readonly<Record<string, string>>;
  /** Prepares a context before it is opened (pixel format, devices). May throw. */
  prepare(context: CodecContext, settings: EncoderSettings): FrameFeed;
};
