// Reads what our encoders write about themselves (ITU-T H.264 7.3.2.1.1 and annex E.1.1). Used by tests and by trials: browsers hold frames
// back unless the SPS says that none is reordered.

export type SequenceParameters = {
  readonly profileIdc: number;
  /** constraint_set0_flag is the highest bit. */
  readonly constraintFlags: number;
  /** 31 is level 3.1. */
  readonly levelIdc: number;
  /** After cropping, pixels. */
  readonly width: number;
  readonly height: number;
  readonly maxReferenceFrames: number;
  readonly colour:
    | {
        readonly isFullRange: boolean;
        readonly primaries: number;
        readonly transfer: number;
        readonly matrix: number;
      }
    | undefined;
  /** Undefined when bitstream_restriction_flag is 0. */
  readonly restriction:
    { readonly maxReorderFrames: number; readonly maxDecodedFrames: number } | undefined;
};

const NAL_TYPE_SPS = 7;
/** Profiles whose SPS carries chroma format and scaling lists; none of ours does. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const EXTENDED_SAR = 255;

/** Types of the NAL units of an Annex B access unit, in order. */
export function nalUnits(accessUnit: Uint8Array): { type: number; bytes: Uint8Array }[] {
  const starts: number[] = [];
  for (let at = 0; at + 3 < accessUnit.length; at++) {
    if (accessUnit[at] === 0 && accessUnit[at + 1] === 0 && accessUnit[at + 2] === 1) {
      starts.push(at + 3);
      at += 2;
    }
  }
  return starts.map((start, index) => {
    const next = starts[index + 1];
    const bytes = accessUnit.subarray(start, next === undefined ? undefined : next - 3);
    return { type: (bytes[0] ?? 0) & 31, bytes };
  });
}

/** Bits of an RBSP; past the end it gives zeros. */
class BitReader {
  readonly #bytes: readonly number[];
  #bit = 0;

  constructor(nalUnit: Uint8Array) {
    // Emulation prevention (7.4.1): 00 00 03 stands for 00 00.
    this.#bytes = Array.from(nalUnit).filter(
      (byte, at) => !(byte === 3 && at >= 2 && nalUnit[at - 1] === 0 && nalUnit[at - 2] === 0),
    );
  }

  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      const byte = this.#bytes[this.#bit >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#bit & 7))) & 1);
      this.#bit += 1;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ue(v), 9.1. */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros += 1;
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.bits(zeros);
  }
}

/** The first SPS of an access unit; undefined when there is none, or of a profile that we never send. */
export function parseSequenceParameters(accessUnit: Uint8Array): SequenceParameters | undefined {
  const sps = nalUnits(accessUnit).find(({ type }) => type === NAL_TYPE_SPS);
  if (sps === undefined) return undefined;
  const reader = new BitReader(sps.bytes.subarray(1));
  const [profileIdc, constraintFlags, levelIdc] = [reader.bits(8), reader.bits(8), reader.bits(8)];
  if (HIGH_PROFILES.has(profileIdc)) return undefined;
  reader.unsigned(); // seq_parameter_set_id
  reader.unsigned(); // log2_max_frame_num_minus4
  skipOrderCount(reader);
  const maxReferenceFrames = reader.unsigned();
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader);
  return {
    profileIdc,
    constraintFlags,
    levelIdc,
    maxReferenceFrames,
    ...size,
    ...(reader.flag() ? readVui(reader) : { colour: undefined, restriction: undefined }),
  };
}

function skipOrderCount(reader: BitReader): void {
  const type = reader.unsigned();
  if (type === 0) {
    reader.unsigned();
    return;
  }
  if (type !== 1) return;
  reader.flag();
  reader.unsigned(); // se(v) has the same length as ue(v)
  reader.unsigned();
  const cycleLength = Math.min(reader.unsigned(), 255);
  for (let index = 0; index < cycleLength; index++) reader.unsigned();
}

function readSize(reader: BitReader): { width: number; height: number } {
  const widthMacroblocks = reader.unsigned() + 1;
  const heightMapUnits = reader.unsigned() + 1;
  const isFrameOnly = reader.flag();
  if (!isFrameOnly) reader.flag();
  reader.flag(); // direct_8x8_inference_flag
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0];
  const fields = isFrameOnly ? 1 : 2;
  return {
    width: widthMacroblocks * 16 - 2 * (left + right),
    height: fields * (heightMapUnits * 16 - 2 * (top + bottom)),
  };
}

function readVui(reader: BitReader): Pick<SequenceParameters, 'colour' | 'restriction'> {
  if (reader.flag() && reader.bits(8) === EXTENDED_SAR) reader.bits(32);
  if (reader.flag()) reader.flag(); // overscan
  const colour = reader.flag() ? readColour(reader) : undefined;
  if (reader.flag()) {
    reader.unsigned(); // chroma sample locations
    reader.unsigned();
  }
  if (reader.flag()) reader.bits(65); // timing: two times 32 bits and a flag
  const [hasNalHrd, hasVclHrd] = [skipHrd(reader), skipHrd(reader)];
  if (hasNalHrd || hasVclHrd) reader.flag();
  reader.flag(); // pic_struct_present_flag
  return { colour, restriction: reader.flag() ? readRestriction(reader) : undefined };
}

function readColour(reader: BitReader): SequenceParameters['colour'] {
  reader.bits(3); // video_format
  const isFullRange = reader.flag();
  if (!reader.flag()) return { isFullRange, primaries: 2, transfer: 2, matrix: 2 };
  return {
    isFullRange,
    primaries: reader.bits(8),
    transfer: reader.bits(8),
    matrix: reader.bits(8),
  };
}

function skipHrd(reader: BitReader): boolean {
  if (!reader.flag()) return false;
  const count = Math.min(reader.unsigned() + 1, 32);
  reader.bits(8);
  for (let index = 0; index < count; index++) {
    reader.unsigned();
    reader.unsigned();
    reader.flag();
  }
  reader.bits(20);
  return true;
}

function readRestriction(reader: BitReader): SequenceParameters['restriction'] {
  reader.flag(); // motion_vectors_over_pic_boundaries_flag
  for (let index = 0; index < 4; index++) reader.unsigned(); // bytes, bits, vector lengths
  return { maxReorderFrames: reader.unsigned(), maxDecodedFrames: reader.unsigned() };
}
