import type { VideoCodec } from '@perigee/protocol';
import { openTriedEncoder } from './av-encoder.ts';
import { chooseEncoder, type EncoderChoice } from './choose-encoder.ts';
import type { Encoder, EncoderSettings } from './encoder.ts';
import type { EncoderDriver } from './encoder-driver.ts';
import { vp8Driver, x264Driver } from './software-drivers.ts';

/** Every driver of a codec, in the order in which they are tried. */
export function driversOf(codec: VideoCodec): readonly EncoderDriver[] {
  switch (codec) {
    case 'h264':
      return [x264Driver];
    case 'vp8':
      return [vp8Driver];
  }
}

/** Tries the drivers of `codec` in order and keeps the first that works. @throws {EncoderError} no-encoder */
export function openEncoder(codec: VideoCodec, settings: EncoderSettings): EncoderChoice<Encoder> {
  return chooseEncoder(driversOf(codec), (driver) => openTriedEncoder(driver, settings));
}
