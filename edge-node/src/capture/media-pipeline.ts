import { crc32 } from 'node:zlib';
import type { VideoCodec } from '@perigee/protocol';
import type { EncodedPicture, Encoder } from '../encode/encoder.ts';
import { openEncoder } from '../encode/open-encoder.ts';
import { Picture } from '../encode/picture.ts';
import { DisplayCapture } from './display-capture.ts';
import type { MediaState, MediaWorkerData } from './worker-messages.ts';

export type PipelineSettings = {
  readonly display: MediaWorkerData['display'];
  readonly codec: VideoCodec;
  readonly fps: number;
  readonly bitrateBps: number;
};

/** Capture, one picture and one encoder of the screen's present size; replaced as a whole when the size or the codec changes. */
export class MediaPipeline {
  readonly capture: DisplayCapture;
  readonly state: MediaState;
  readonly codec: VideoCodec;
  readonly #picture: Picture;
  readonly #encoder: Encoder;
  #lastPtsUs = 0;

  /** @throws {CaptureError} @throws {EncoderError} */
  constructor({ display, codec, fps, bitrateBps }: PipelineSettings) {
    this.codec = codec;
    this.capture = new DisplayCapture(display);
    const { width, height } = this.capture;
    try {
      const { opened, name, rejected } = openEncoder(codec, { width, height, fps, bitrateBps });
      this.#encoder = opened;
      this.#picture = new Picture(width, height);
      this.state = {
        resolution: { width, height },
        encoder: `${codec}:${name}`,
        rejected,
        bitrateChange: opened.bitrateChange,
        displayFd: this.capture.display.fd,
      };
    } catch (error) {
      this.capture.close();
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
    this.capture.close();
  }
}
