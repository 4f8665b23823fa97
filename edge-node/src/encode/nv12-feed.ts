// Hardware encoders want NV12: luma as it is, chroma interleaved.
import { AV_HWDEVICE_TYPE_VAAPI, AV_PIX_FMT_NV12, AV_PIX_FMT_VAAPI } from 'node-av/constants';
import {
  FFmpegError,
  Frame,
  HardwareDeviceContext,
  HardwareFramesContext,
  type CodecContext,
} from 'node-av/lib';
import koffi from 'koffi';
import { EncoderError } from './encoder-error.ts';
import type { EncoderSettings } from './encoder.ts';
import type { FrameFeed } from './encoder-driver.ts';
import type { Picture } from './picture.ts';

type ToNv12 = (
  ...planes: [
    y: Uint8Array,
    yStride: number,
    u: Uint8Array,
    uStride: number,
    v: Uint8Array,
    vStride: number,
    toY: Uint8Array,
    toYStride: number,
    toUv: Uint8Array,
    toUvStride: number,
    width: number,
    height: number,
  ]
) => number;

function loadConversion(): ToNv12 {
  const plane = ['void*', 'int'];
  const parameters = [...plane, ...plane, ...plane, ...plane, ...plane, 'int', 'int'];
  return koffi.load('libyuv.so.0').func('I420ToNV12', 'int', parameters) as ToNv12;
}

function check(code: number, what: string): void {
  if (code < 0) throw new EncoderError('open-failed', `${what}: ${FFmpegError.strerror(code)}`);
}

/** An NV12 frame in system memory, filled anew for each picture. */
export function createNv12Feed(settings: EncoderSettings): FrameFeed {
  const convert = loadConversion();
  const frame = new Frame();
  frame.alloc();
  frame.width = settings.width;
  frame.height = settings.height;
  frame.format = AV_PIX_FMT_NV12;
  check(frame.getBuffer(0), 'NV12 frame');
  const [toY, toUv] = frame.data ?? [];
  const [toYStride, toUvStride] = frame.linesize;
  if (toY === undefined || toUv === undefined) throw new EncoderError('open-failed', 'NV12 planes');
  return {
    frameFor({ y, u, v, width, height }: Picture) {
      convert(
        y.bytes,
        y.strideBytes,
        u.bytes,
        u.strideBytes,
        v.bytes,
        v.strideBytes,
        toY,
        toYStride ?? width,
        toUv,
        toUvStride ?? width,
        width,
        height,
      );
      return frame;
    },
    close: () => {
      frame.free();
    },
  };
}

/** Surfaces in flight: one being encoded, one being filled, the reference and a spare. */
const POOL_SURFACES = 4;

/** NV12 uploaded to a VA-API surface for each picture; opens the device that FFmpeg finds first. */
export function createVaapiFeed(context: CodecContext, settings: EncoderSettings): FrameFeed {
  const device = new HardwareDeviceContext();
  check(device.create(AV_HWDEVICE_TYPE_VAAPI, null, null), 'VA-API device');
  const frames = new HardwareFramesContext();
  frames.alloc(device);
  frames.format = AV_PIX_FMT_VAAPI;
  frames.swFormat = AV_PIX_FMT_NV12;
  frames.width = settings.width;
  frames.height = settings.height;
  frames.initialPoolSize = POOL_SURFACES;
  check(frames.init(), 'VA-API surfaces');
  context.hwFramesCtx = frames;
  const system = createNv12Feed(settings);
  const surface = new Frame();
  surface.alloc();
  return {
    frameFor(picture) {
      surface.unref();
      check(frames.getBuffer(surface, 0), 'VA-API surface');
      check(frames.transferDataSync(surface, system.frameFor(picture), 0), 'VA-API upload');
      return surface;
    },
    close() {
      surface.free();
      system.close();
      frames.free();
      device.free();
    },
  };
}
