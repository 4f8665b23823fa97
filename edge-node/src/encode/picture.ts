import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { EncoderError } from './encoder-error.ts';

/** One plane: bytes are a view of native memory, valid until the picture is closed. */
export type Plane = { readonly bytes: Uint8Array; readonly strideBytes: number };

/**
 * A planar I420 picture (BT.601, limited range) in native memory that encoders read without a copy. It lives as long as the size of the
 * stream: capture patches the rows that changed, encoders keep no reference.
 */
export class Picture {
  readonly width: number;
  readonly height: number;
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
  /** FFmpeg's frame around the planes; drivers set its time and type. */
  readonly frame: Frame;
  #isClosed = false;

  /** Black; `width` and `height` in pixels, even. @throws {EncoderError} open-failed when there is no memory */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.frame = new Frame();
    this.frame.alloc();
    this.frame.width = width;
    this.frame.height = height;
    this.frame.format = AV_PIX_FMT_YUV420P;
    const code = this.frame.getBuffer(0);
    const [y, u, v] = code < 0 ? [] : (this.frame.data ?? []);
    const [yStride, uStride, vStride] = this.frame.linesize;
    if (y === undefined || u === undefined || v === undefined) {
      throw new EncoderError('open-failed', `no memory for a picture (${String(code)})`);
    }
    this.y = { bytes: y, strideBytes: yStride ?? width };
    this.u = { bytes: u, strideBytes: uStride ?? width / 2 };
    this.v = { bytes: v, strideBytes: vStride ?? width / 2 };
    y.fill(16);
    u.fill(128);
    v.fill(128);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.frame.free();
  }
}
