import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseEncoder } from './choose-encoder.ts';
import { EncoderError } from './encoder-error.ts';
import { driversOf, openEncoder } from './open-encoder.ts';

type Outcome = 'works' | EncoderError | Error;
const [nvenc, vaapi, qsv, x264] = ['h264_nvenc', 'h264_vaapi', 'h264_qsv', 'libx264'] as const;
const candidates = [nvenc, vaapi, qsv, x264].map((name) => ({ name }));
const broken = new EncoderError('open-failed', 'no device');
const silent = new EncoderError('no-packet', 'Resource temporarily unavailable');

function choose(outcomes: Readonly<Record<string, Outcome>>): ReturnType<typeof chooseEncoder> {
  return chooseEncoder(candidates, ({ name }) => {
    const outcome = outcomes[name] ?? broken;
    if (outcome !== 'works') throw outcome;
    return `open ${name}`;
  });
}

beforeAll(() => {
  Log.setLevel(AV_LOG_QUIET);
});

describe('the choice of an encoder', () => {
  it.each([
    ['NVENC when it works', { [nvenc]: 'works', [vaapi]: 'works', [x264]: 'works' }, nvenc, 0],
    ['VA-API when NVENC does not', { [vaapi]: 'works', [qsv]: 'works' }, vaapi, 1],
    ['QSV when neither works', { [qsv]: 'works', [x264]: 'works' }, qsv, 2],
    ['x264 when no hardware works', { [x264]: 'works' }, x264, 3],
  ] as const)('is %s', (_name, outcomes, expected, rejected) => {
    const choice = choose(outcomes);
    expect(choice.name).toBe(expected);
    expect(choice.opened).toBe(`open ${expected}`);
    expect(choice.rejected).toHaveLength(rejected);
  });

  it('says why each one before was not taken', () => {
    const choice = choose({
      [nvenc]: broken,
      [vaapi]: silent,
      [qsv]: new Error('odd'),
      [x264]: 'works',
    });
    expect(choice.rejected).toEqual([
      'h264_nvenc: open-failed, no device',
      'h264_vaapi: no-packet, Resource temporarily unavailable',
      'h264_qsv: odd',
    ]);
  });

  it('does not try what comes after the first that works', () => {
    const tried: string[] = [];
    chooseEncoder(candidates, ({ name }) => tried.push(name));
    expect(tried).toEqual([nvenc]);
  });

  it('fails with every reason when none works', () => {
    expect(() => choose({})).toThrow(EncoderError);
    try {
      choose({});
    } catch (error) {
      expect(error).toMatchObject({ code: 'no-encoder', retryable: false });
      expect((error as EncoderError).detail).toContain('libx264: open-failed, no device');
    }
  });
});

const settings = { width: 320, height: 180, fps: 60, bitrateBps: 1_000_000 };

it('tries NVENC, VA-API, QSV, then x264', () => {
  expect(driversOf('h264').map(({ name }) => name)).toEqual([nvenc, vaapi, qsv, x264]);
});

it.each(['h264', 'vp8'] as const)('opens an encoder for %s on this machine', (codec) => {
  const { opened, name, rejected } = openEncoder(codec, settings);
  opened.close();
  expect(opened.codec).toBe(codec);
  expect(rejected).toHaveLength(driversOf(codec).findIndex((driver) => driver.name === name));
});

it('tries a known encoder first and keeps what is known of the others', () => {
  const known = { name: 'libx264', rejected: ['h264_nvenc: seen before'] };
  const choice = openEncoder('h264', settings, known);
  choice.opened.close();
  expect(choice).toMatchObject(known);
});
