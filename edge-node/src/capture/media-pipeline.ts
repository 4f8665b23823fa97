import { crc32 } from 'node:zlib';
import type { VideoCodec } from '@perigee/protocol';
import type { EncodedPicture, Encoder } from '../encode/encoder.ts';
import { openEncoder } from '../encode/open-encoder.ts';
import { Picture } from '../encode/picture.ts';
import { DisplayCapture } from './display-capture.ts';
import type { MediaShared } from './media-shared.ts';
import type { MediaState, MediaWorkerData } from './worker-messages.ts';

export type PipelineSettings = {
  readonly display: MediaWorkerData['display'];
  /** Is told the descriptor of the X connection while there is one. */
  readonly shared: MediaShared;
  readonly codec: VideoCodec;
  readonly fps: number;
  readonly bitrateBps: number;
  /** The pipeline before this one, if it had the same codec: its encoder is tried first. */
  readonly previous?: MediaPipeline;
};

/** Capture, one picture and one encoder of the screen's present size; replaced as a whole when the size or the codec changes. */
export class MediaPipeline {
  readonly capture: DisplayCapture;
  readonly state: MediaState;
  readonly codec: VideoCodec;
  readonly #picture: Picture;
  readonly #encoder: Encoder;
  readonly #choice: { readonly name: string; readonly rejected: readonly string[] };
  readonly #shared: MediaShared;
  #lastPtsUs = 0;

  /** @throws {CaptureError} @throws {EncoderError} */
  constructor({ display, shared, codec, fps, bitrateBps, previous }: PipelineSettings) {
    this.codec = codec;
    this.#shared = shared;
    try {
      this.capture = new DisplayCapture(display, (fd) => {
        shared.displayFd = fd;
      });
    } catch (error) {
      shared.displayFd = undefined;
      throw error;
    }
    const { width, height } = this.capture;
    try {
      const choice = openEncoder(
        codec,
        { width, height, fps, bitrateBps },
        previous?.codec === codec ? previous.#choice : undefined,
      );
      const { opened, name, rejected } = choice;
      this.#choice = { name, rejected };
      this.#encoder = opened;
      this.#picture = new Picture(width, height);
      this.state = {
        resolution: { width, height },
        encoder: `${codec}:${name}`,
        rejected,
        bitrateChange: opened.bitrateChange,
      };
    } catch (error) {
      this.#closeCapture();
      throw error;
    }
  }

  /** Reads the collected damage into the picture; false when nothing was read. */
  grab(): boolean {
    return this.capture.grab(this.#picture);
  }

  /** Reads the whole screen. */
  grabAll(): boolean {
    this.capture.collectDamage();
    this.capture.markAll();
    return this.grab();
  }

  /** A number that changes with the picture's luma. */
  fingerprint(): number {
    return crc32(this.#picture.y.bytes);
  }

  /** Encodes the picture as it is. @throws {EncoderError} */
  encode(options: { nowUs: number; forceKeyframe: boolean; bitrateBps: number }): EncodedPicture {
    const ptsUs = Math.max(this.#lastPtsUs + 1, Math.round(options.nowUs));
    this.#lastPtsUs = ptsUs;
    return this.#encoder.encode(this.#picture, {
      ptsUs,
      forceKeyframe: options.forceKeyframe,
      bitrateBps: options.bitrateBps,
    });
  }

  /** Idempotent. */
  close(): void {
    this.#encoder.close();
    this.#picture.close();
    this.#closeCapture();
  }

  #closeCapture(): void {
    this.#shared.displayFd = undefined; // first: the number may be another file's right after
    this.capture.close();
  }
}
