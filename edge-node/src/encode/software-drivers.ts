// The encoders that run everywhere. Why these settings: decisions/encoder-settings.md.
import { AV_PIX_FMT_YUV420P, FF_ENCODER_LIBVPX_VP8, FF_ENCODER_LIBX264 } from 'node-av/constants';
import type { EncoderDriver, FrameFeed } from './encoder-driver.ts';

/** x264's "infinite" (X264_KEYINT_MAX_INFINITE, x264.h). */
const X264_INFINITE_GOP = 1 << 30;

/** Encoders that read planar I420 from our memory need no conversion. */
export const directFeed: FrameFeed = {
  frameFor: (picture) => picture.frame,
  close: () => undefined,
};

/** H.264 constrained baseline on one CPU thread. */
export const x264Driver: EncoderDriver = {
  name: 'libx264',
  ffmpegName: FF_ENCODER_LIBX264,
  codec: 'h264',
  bitrateChange: 'perFrame',
  bufferMs: 1000 / 30,
  gopFrames: X264_INFINITE_GOP,
  options: () => ({
    preset: 'ultrafast',
    tune: 'zerolatency',
    profile: 'baseline',
    'forced-idr': '1',
  }),
  prepare(context) {
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    return directFeed;
  },
};

/** VP8 for browsers without H.264. FFmpeg's wrapper does not hand a new bitrate to an open libvpx (seen), so it is reopened. */
export const vp8Driver: EncoderDriver = {
  name: 'libvpx',
  ffmpegName: FF_ENCODER_LIBVPX_VP8,
  codec: 'vp8',
  bitrateChange: 'restart',
  bufferMs: 1000 / 15,
  gopFrames: 1_000_000,
  options: () => ({
    deadline: 'realtime',
    'cpu-used': '-16',
    'lag-in-frames': '0',
    'auto-alt-ref': '0',
    'error-resilient': '0',
    'static-thresh': '1',
    'undershoot-pct': '100',
    'overshoot-pct': '15',
    // Percent of a frame's share: keeps a keyframe near three times a frame (20-36 kB at 6 Mbit/s; 63 kB without).
    'max-intra-rate': '900',
  }),
  prepare(context) {
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    return directFeed;
  },
};
