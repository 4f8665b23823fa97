// Encoders on a GPU. UNTESTED ON HARDWARE: they were written from FFmpeg's options (libavcodec/nvenc_h264.c, vaapi_encode_h264.c,
// qsvenc_h264.c, FFmpeg 8) on machines without such a GPU, where all that could be seen is that the trial rejects them cleanly. What the
// trial demands (a keyframe at once, on one picture) holds for them as for every encoder.
import {
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_VAAPI,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_H264_NVENC,
  FF_ENCODER_H264_QSV,
  FF_ENCODER_H264_VAAPI,
} from 'node-av/constants';
import type { EncoderDriver } from './encoder-driver.ts';
import { createNv12Feed, createVaapiFeed } from './nv12-feed.ts';
import { directFeed } from './software-drivers.ts';

/** As far apart as all three take without a doubt (16 bits): 18 minutes at 60/s. */
const HARDWARE_GOP_FRAMES = 65_535;
/** As x264: about two frames at 60/s. */
const BUFFER_MS = 1000 / 30;

/** NVIDIA. Reads planar I420 itself and follows the bitrate per frame (nvEncReconfigureEncoder). */
export const nvencDriver: EncoderDriver = {
  name: 'h264_nvenc',
  ffmpegName: FF_ENCODER_H264_NVENC,
  codec: 'h264',
  bitrateChange: 'perFrame',
  bufferMs: BUFFER_MS,
  gopFrames: HARDWARE_GOP_FRAMES,
  options: () => ({
    preset: 'p1',
    tune: 'ull',
    profile: 'baseline',
    rc: 'cbr',
    zerolatency: '1',
    delay: '0',
    'forced-idr': '1',
    'no-scenecut': '1',
  }),
  prepare(context) {
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    return directFeed;
  },
};

/** Intel and AMD through VA-API. FFmpeg cannot change its bitrate while open. */
export const vaapiDriver: EncoderDriver = {
  name: 'h264_vaapi',
  ffmpegName: FF_ENCODER_H264_VAAPI,
  codec: 'h264',
  bitrateChange: 'restart',
  bufferMs: BUFFER_MS,
  gopFrames: HARDWARE_GOP_FRAMES,
  options: () => ({ profile: 'constrained_baseline', rc_mode: 'CBR', async_depth: '1', sei: '0' }),
  prepare(context, settings) {
    context.pixelFormat = AV_PIX_FMT_VAAPI;
    return createVaapiFeed(context, settings);
  },
};

/** Intel through oneVPL; takes NV12 from system memory. */
export const qsvDriver: EncoderDriver = {
  name: 'h264_qsv',
  ffmpegName: FF_ENCODER_H264_QSV,
  codec: 'h264',
  bitrateChange: 'perFrame',
  bufferMs: BUFFER_MS,
  gopFrames: HARDWARE_GOP_FRAMES,
  options: () => ({
    preset: 'veryfast',
    profile: 'baseline',
    async_depth: '1',
    look_ahead: '0',
    low_delay_brc: '1',
    forced_idr: '1',
    scenario: 'displayremoting',
  }),
  prepare(context, settings) {
    context.pixelFormat = AV_PIX_FMT_NV12;
    return createNv12Feed(settings);
  },
};
