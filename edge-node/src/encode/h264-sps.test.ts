import { expect, it } from 'vitest';
import { nalUnits, parseSequenceParameters } from './h264-sps.ts';

/** What libx264 writes for 1280x720 at 60/s with our settings: SPS, PPS (node-av 6.1). */
const accessUnit = Buffer.from(
  '000000016742c020da014016e9a8303032000003000200000300f11e306540000000000168ce3c80',
  'hex',
);

it('reads the SPS of x264, emulation prevention included', () => {
  expect(parseSequenceParameters(accessUnit)).toEqual({
    profileIdc: 66,
    constraintFlags: 0xc0,
    levelIdc: 32,
    maxReferenceFrames: 1,
    width: 1280,
    height: 720,
    colour: { isFullRange: false, primaries: 6, transfer: 6, matrix: 6 },
    restriction: { maxReorderFrames: 0, maxDecodedFrames: 1 },
  });
});

it('says nothing of an access unit without SPS, or of a high profile', () => {
  expect(parseSequenceParameters(Uint8Array.of(0, 0, 0, 1, 0x41, 1, 2, 3))).toBeUndefined();
  expect(parseSequenceParameters(Uint8Array.of(0, 0, 1, 0x67, 100, 0, 31, 0xff))).toBeUndefined();
});

it('finds NAL units behind start codes of three and four bytes', () => {
  const bytes = Uint8Array.of(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65);
  expect(nalUnits(bytes).map(({ type }) => type)).toEqual([7, 8, 5]);
});

it('never throws, whatever the bytes are', () => {
  for (let length = 0; length < accessUnit.length; length++) {
    expect(() => parseSequenceParameters(accessUnit.subarray(0, length))).not.toThrow();
  }
  let seed = 7;
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 64 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed >> 16;
    });
    bytes.set([0, 0, 1, 0x67, 66]);
    expect(() => parseSequenceParameters(bytes)).not.toThrow();
  }
});
