// One encoder of FFmpeg through node-av's *synchronous* calls: an asynchronous call that is under way when its thread ends aborts the process.
import {
  AV_LOG_ERROR,
  AV_LOG_QUIET,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Log, Packet, Rational } from 'node-av/lib';
import { EncoderError } from './encoder-error.ts';
import type { EncodedPicture, EncodeOptions, Encoder, EncoderSettings } from './encoder.ts';
import type { EncoderDriver, FrameFeed } from './encoder-driver.ts';
import { Picture } from './picture.ts';

/** Times of pictures are in us. */
const TIME_BASE_HZ = 1_000_000;
/** A driver that must be reopened for another bitrate is reopened only for changes of at least this ratio (chosen, not measured). */
const RESTART_CHANGE_RATIO = 0.15;
/** And at most this often, us (chosen, not measured). */
const RESTART_INTERVAL_US = 1_000_000;

type OpenContext = { readonly context: CodecContext; readonly feed: FrameFeed };

/** An open encoder of FFmpeg, set up by a driver. */
export class AvEncoder implements Encoder {
  readonly name: string;
  readonly codec: Encoder['codec'];
  readonly bitrateChange: Encoder['bitrateChange'];
  readonly #driver: EncoderDriver;
  readonly #settings: EncoderSettings;
  readonly #packet = new Packet();
  #open: OpenContext;
  #bitrateBps: number;
  #openedAtUs = 0;
  #isClosed = false;

  /** @throws {EncoderError} open-failed */
  constructor(driver: EncoderDriver, settings: EncoderSettings) {
    this.name = driver.name;
    this.codec = driver.codec;
    this.bitrateChange = driver.bitrateChange;
    this.#driver = driver;
    this.#settings = settings;
    this.#bitrateBps = settings.bitrateBps;
    this.#open = openContext(driver, settings);
    this.#packet.alloc();
  }

  encode(picture: Picture, options: EncodeOptions): EncodedPicture {
    if (this.#isClosed) throw new EncoderError('encode-failed', 'closed');
    this.#followBitrate(options);
    const { context, feed } = this.#open;
    const frame = feed.frameFor(picture);
    frame.pts = BigInt(Math.round(options.ptsUs));
    frame.pictType = options.forceKeyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    const sent = context.sendFrameSync(frame);
    if (sent < 0) throw new EncoderError('encode-failed', FFmpegError.strerror(sent));
    const received = context.receivePacketSync(this.#packet);
    const data = received < 0 ? null : this.#packet.data;
    if (data === null) {
      throw new EncoderError('no-packet', received < 0 ? FFmpegError.strerror(received) : 'empty');
    }
    const encoded = { data: new Uint8Array(data), isKeyframe: this.#packet.isKeyframe };
    this.#packet.unref();
    return encoded;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeContext(this.#open);
    this.#packet.free();
  }

  #followBitrate({ bitrateBps, ptsUs }: EncodeOptions): void {
    if (bitrateBps === this.#bitrateBps) return;
    if (this.#driver.bitrateChange === 'perFrame') {
      this.#bitrateBps = bitrateBps;
      applyBitrate(this.#open.context, bitrateBps, this.#driver.bufferMs);
      return;
    }
    const change = Math.abs(bitrateBps - this.#bitrateBps) / this.#bitrateBps;
    if (change < RESTART_CHANGE_RATIO || ptsUs - this.#openedAtUs < RESTART_INTERVAL_US) return;
    const next = openContext(this.#driver, { ...this.#settings, bitrateBps });
    closeContext(this.#open);
    this.#open = next;
    this.#bitrateBps = bitrateBps;
    this.#openedAtUs = ptsUs;
  }
}

/**
 * Opens `driver` and encodes one black picture: only an encoder that gives a keyframe at once is accepted. The caller owns the result.
 * FFmpeg is silent meanwhile, as what fails is told by the error; afterwards it writes to standard error what is an error, no statistics.
 * @throws {EncoderError} open-failed, encode-failed, no-packet
 */
export function openTriedEncoder(driver: EncoderDriver, settings: EncoderSettings): Encoder {
  Log.setLevel(AV_LOG_QUIET);
  try {
    return tryEncoder(driver, settings);
  } finally {
    Log.setLevel(AV_LOG_ERROR);
  }
}

function tryEncoder(driver: EncoderDriver, settings: EncoderSettings): Encoder {
  const encoder = new AvEncoder(driver, settings);
  const picture = new Picture(settings.width, settings.height);
  try {
    const { isKeyframe } = encoder.encode(picture, {
      ptsUs: 0,
      forceKeyframe: true,
      bitrateBps: settings.bitrateBps,
    });
    if (!isKeyframe) throw new EncoderError('encode-failed', 'no keyframe on request');
    return encoder;
  } catch (error) {
    encoder.close();
    throw error;
  } finally {
    picture.close();
  }
}

function openContext(driver: EncoderDriver, settings: EncoderSettings): OpenContext {
  const codec = Codec.findEncoderByName(driver.ffmpegName);
  if (codec === null) throw new EncoderError('open-failed', 'not in this build of FFmpeg');
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = settings.width;
  context.height = settings.height;
  context.timeBase = new Rational(1, TIME_BASE_HZ);
  context.framerate = new Rational(settings.fps, 1);
  context.gopSize = driver.gopFrames;
  context.maxBFrames = 0;
  context.threadCount = 1;
  context.colorSpace = AVCOL_SPC_SMPTE170M;
  context.colorPrimaries = AVCOL_PRI_SMPTE170M;
  context.colorTrc = AVCOL_TRC_SMPTE170M;
  context.colorRange = AVCOL_RANGE_MPEG;
  applyBitrate(context, settings.bitrateBps, driver.bufferMs);
  let feed: FrameFeed | undefined;
  try {
    feed = driver.prepare(context, settings);
    setOptions(context, driver.options(settings));
    const opened = context.open2Sync(codec);
    if (opened < 0) throw new EncoderError('open-failed', FFmpegError.strerror(opened));
    return { context, feed };
  } catch (error) {
    feed?.close();
    context.freeContext();
    throw error;
  }
}

/**
 * Options are set on the context. node-av 6.1's `open2Sync(codec, dictionary)` lets FFmpeg free the dictionary and then frees it again when
 * it is collected (double free, seen).
 */
function setOptions(context: CodecContext, options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options)) {
    const code = context.setOption(name, value);
    if (code < 0) throw new EncoderError('open-failed', `${name}: ${FFmpegError.strerror(code)}`);
  }
}

function closeContext({ context, feed }: OpenContext): void {
  context.freeContext();
  feed.close();
}

function applyBitrate(context: CodecContext, bitrateBps: number, bufferMs: number): void {
  context.bitRate = BigInt(Math.round(bitrateBps));
  context.rcMaxRate = BigInt(Math.round(bitrateBps));
  context.rcBufferSize = Math.round((bitrateBps * bufferMs) / 1000);
}
