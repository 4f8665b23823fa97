import { AV_LOG_QUIET, FF_DECODER_H264 } from 'node-av/constants';
import { Codec, CodecContext, Frame, Log, Packet } from 'node-av/lib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPEAT_COUNT } from '../capture/sharpen-schedule.ts';
import { AvEncoder, openTriedEncoder } from './av-encoder.ts';
import { EncoderError } from './encoder-error.ts';
import type { EncoderDriver } from './encoder-driver.ts';
import type { EncodedPicture } from './encoder.ts';
import { nalUnits, parseSequenceParameters } from './h264-sps.ts';
import { Picture } from './picture.ts';
import { vp8Driver, x264Driver } from './software-drivers.ts';

const WIDTH = 640;
const HEIGHT = 360;
const FRAME_US = 16_667;
const settings = { width: WIDTH, height: HEIGHT, fps: 60, bitrateBps: 4_000_000 };
const open: { close(): void }[] = [];

beforeAll(() => {
  Log.setLevel(AV_LOG_QUIET);
});

afterEach(() => {
  for (const resource of open.splice(0)) resource.close();
});

type NextOptions = { forceKeyframe?: boolean; bitrateBps?: number; still?: boolean };

/** Encodes a picture in which a part changes with each frame, by a fixed seed. */
function stream(driver: EncoderDriver, bitrateBps = settings.bitrateBps) {
  const encoder = new AvEncoder(driver, { ...settings, bitrateBps });
  const picture = new Picture(WIDTH, HEIGHT);
  open.push(encoder, picture);
  let seed = 1;
  let ptsUs = 0;
  const disturb = (): void => {
    for (let count = 0; count < 3000; count++) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      picture.y.bytes[seed % picture.y.bytes.length] = seed >> 8;
    }
  };
  return {
    picture,
    next: (options: NextOptions = {}) => {
      if (options.still !== true) disturb();
      ptsUs += FRAME_US;
      return encoder.encode(picture, {
        ptsUs,
        forceKeyframe: options.forceKeyframe ?? false,
        bitrateBps: options.bitrateBps ?? bitrateBps,
      });
    },
  };
}

/** Bit/s of `frames` pictures after `skip` others. */
function measuredBps(next: () => EncodedPicture, frames = 60, skip = 30): number {
  let bytes = 0;
  for (let index = 0; index < skip + frames; index++) {
    const { data } = next();
    if (index >= skip) bytes += data.length;
  }
  return (bytes * 8 * 60) / frames;
}

const drivers = [x264Driver, vp8Driver] as const;

describe.each(drivers)('$name', (driver) => {
  it('gives one packet for each picture, the first a keyframe', () => {
    const { next } = stream(driver);
    const encoded = Array.from({ length: 20 }, () => next());
    expect(encoded.map(({ isKeyframe }) => isKeyframe)).toEqual(
      encoded.map((_, index) => index === 0),
    );
    for (const { data } of encoded) expect(data.length).toBeGreaterThan(0);
  });

  it('gives a keyframe with the very picture that asks for it', () => {
    const { next } = stream(driver);
    for (let index = 0; index < 5; index++) next();
    expect(next({ forceKeyframe: true }).isKeyframe).toBe(true);
    expect(next().isKeyframe).toBe(false);
  });

  it('follows the bitrate down and up again', () => {
    const { next } = stream(driver);
    const before = measuredBps(() => next());
    const low = measuredBps(() => next({ bitrateBps: 1_000_000 }), 60, 90);
    const after = measuredBps(() => next({ bitrateBps: 4_000_000 }), 60, 90);
    expect(low).toBeLessThan(before / 2);
    expect(low).toBeLessThan(1_700_000);
    expect(after).toBeGreaterThan(low * 2);
  });

  it('can be closed twice and refuses pictures afterwards', () => {
    const encoder = new AvEncoder(driver, settings);
    const picture = new Picture(WIDTH, HEIGHT);
    encoder.close();
    encoder.close();
    const options = { ptsUs: 1, forceKeyframe: false, bitrateBps: 1_000_000 };
    expect(() => encoder.encode(picture, options)).toThrow(EncoderError);
    picture.close();
    picture.close();
  });
});

describe('x264', () => {
  it('changes the bitrate without a keyframe', () => {
    const { next } = stream(x264Driver);
    next();
    for (let bitrateBps = 4_000_000; bitrateBps > 500_000; bitrateBps -= 100_000) {
      expect(next({ bitrateBps }).isKeyframe).toBe(false);
    }
  });

  it('says in every IDR that it is constrained baseline and holds no frame back', () => {
    const { next } = stream(x264Driver);
    for (const forceKeyframe of [false, true]) {
      const { data } = next({ forceKeyframe });
      expect(parseSequenceParameters(data)).toMatchObject({
        profileIdc: 66,
        constraintFlags: 0b1100_0000,
        width: WIDTH,
        height: HEIGHT,
        restriction: { maxReorderFrames: 0, maxDecodedFrames: 1 },
        colour: { isFullRange: false, primaries: 6, transfer: 6, matrix: 6 },
      });
      expect(nalUnits(data).map(({ type }) => type)).toEqual(
        forceKeyframe ? [7, 8, 5] : [7, 8, 6, 5],
      );
    }
    expect(nalUnits(next().data).map(({ type }) => type)).toEqual([1]);
  });

  it('keeps a keyframe below the buffer of two frames', () => {
    const { next } = stream(x264Driver);
    for (let index = 0; index < 30; index++) next();
    const { data } = next({ forceKeyframe: true });
    // 4 Mbit/s for 33 ms is 16.7 kB; rate control may be a little off.
    expect(data.length).toBeLessThan(16_667 * 1.2);
  });

  it('makes a still picture sharper with each repetition', () => {
    const { next, picture } = stream(x264Driver, 1_000_000);
    const decode = openDecoder();
    for (let index = 0; index < 20; index++) decode(next().data);
    const errors = Array.from({ length: REPEAT_COUNT }, () =>
      meanError(decode(next({ still: true }).data), picture),
    );
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    expect(new Set(errors).size).toBe(REPEAT_COUNT);
  });
});

/** Decodes to luma rows of `WIDTH` bytes. */
function openDecoder(): (data: Uint8Array) => Buffer {
  const codec = Codec.findDecoderByName(FF_DECODER_H264);
  const context = new CodecContext();
  const packet = new Packet();
  const frame = new Frame();
  context.allocContext3(codec);
  context.open2Sync(codec);
  packet.alloc();
  frame.alloc();
  open.push({
    close: () => {
      context.freeContext();
    },
  });
  return (data) => {
    packet.data = Buffer.from(data);
    context.sendPacketSync(packet);
    packet.unref();
    expect(context.receiveFrameSync(frame)).toBe(0);
    const luma = frame.data?.[0] ?? Buffer.alloc(0);
    const stride = frame.linesize[0] ?? 0;
    const rows = Array.from({ length: HEIGHT }, (_, y) =>
      luma.subarray(y * stride, y * stride + WIDTH),
    );
    return Buffer.concat(rows);
  };
}

function meanError(luma: Buffer, { y }: Picture): number {
  let sum = 0;
  for (const [at, value] of luma.entries()) {
    const expected = y.bytes[Math.floor(at / WIDTH) * y.strideBytes + (at % WIDTH)] ?? 0;
    sum += Math.abs(value - expected);
  }
  return sum / luma.length;
}

describe('the trial', () => {
  it('returns an encoder that goes on with pictures of its own', () => {
    const encoder = openTriedEncoder(x264Driver, settings);
    const picture = new Picture(WIDTH, HEIGHT);
    open.push(encoder, picture);
    const encoded = encoder.encode(picture, {
      ptsUs: FRAME_US,
      forceKeyframe: true,
      bitrateBps: settings.bitrateBps,
    });
    expect(encoded.isKeyframe).toBe(true);
  });

  it('rejects an encoder that gives nothing for a picture', () => {
    // Ordinary settings look ahead: the packet comes many pictures later.
    const slow = { ...x264Driver, options: () => ({ preset: 'medium', profile: 'main' }) };
    expect(() => openTriedEncoder(slow, settings)).toThrow(
      expect.objectContaining({ code: 'no-packet' }),
    );
  });

  it('rejects an unknown option by name', () => {
    const wrong = { ...x264Driver, options: () => ({ 'no-such-option': '1' }) };
    expect(() => openTriedEncoder(wrong, settings)).toThrow(
      expect.objectContaining({ code: 'open-failed' }),
    );
  });
});
