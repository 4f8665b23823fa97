import type { VideoCodec } from '@perigee/protocol';
import { openTriedEncoder } from './av-encoder.ts';
import { chooseEncoder, type EncoderChoice } from './choose-encoder.ts';
import type { Encoder, EncoderSettings } from './encoder.ts';
import type { EncoderDriver } from './encoder-driver.ts';
import { nvencDriver, qsvDriver, vaapiDriver } from './hardware-drivers.ts';
import { vp8Driver, x264Driver } from './software-drivers.ts';

/** Every driver of a codec, in the order in which they are tried. */
export function driversOf(codec: VideoCodec): readonly EncoderDriver[] {
  switch (codec) {
    case 'h264':
      return [nvencDriver, vaapiDriver, qsvDriver, x264Driver];
    case 'vp8':
      return [vp8Driver];
  }
}

/** Names such as "vp8:libvpx" of the codecs that can be encoded here, found by encoding one picture of that size. Never throws. */
export function workingEncoders(
  codecs: readonly VideoCodec[],
  size: { readonly width: number; readonly height: number },
): string[] {
  return codecs.flatMap((codec) => {
    try {
      const { width, height } = size;
      const { opened, name } = openEncoder(codec, {
        width,
        height,
        fps: 60,
        bitrateBps: 6_000_000,
      });
      opened.close();
      return [`${codec}:${name}`];
    } catch {
      return [];
    }
  });
}

/**
 * Tries the drivers of `codec` in order and keeps the first that works. `known` is an earlier choice for the same codec: it is tried first,
 * so that a new size does not wait for trials that failed before. @throws {EncoderError} no-encoder
 */
export function openEncoder(
  codec: VideoCodec,
  settings: EncoderSettings,
  known?: Pick<EncoderChoice<Encoder>, 'name' | 'rejected'>,
): EncoderChoice<Encoder> {
  const drivers = driversOf(codec);
  const tryOpen = (driver: EncoderDriver): Encoder => openTriedEncoder(driver, settings);
  if (known === undefined) return chooseEncoder(drivers, tryOpen);
  const isKnown = ({ name }: EncoderDriver): boolean => name === known.name;
  const ordered = [...drivers.filter(isKnown), ...drivers.filter((driver) => !isKnown(driver))];
  const choice = chooseEncoder(ordered, tryOpen);
  return choice.name === known.name ? { ...choice, rejected: known.rejected } : choice;
}
