import { encodeHeaderExtensions, type HeaderExtension } from './header-extension.ts';

/** Bytes of an RTP header without CSRC and extensions (RFC 3550 5.1). */
export const RTP_FIXED_HEADER_BYTES = 12;

/**
 * The RTP header of one stream: everything that is the same in all its packets is encoded once, the rest is patched in.
 *
 * ```
 * |V=2|P|X| CC=0 | |M| PT | sequence number (2) | timestamp (4) | SSRC (4) | extensions |
 * ```
 */
export class RtpHeaderTemplate {
  readonly #bytes: Uint8Array;
  readonly #markerAndType: number;
  /** Where the data of each extension starts, counted from the start of the packet. */
  readonly extensionOffsets: readonly number[];

  constructor(stream: {
    readonly payloadType: number;
    readonly ssrc: number;
    readonly extensions: readonly HeaderExtension[];
  }) {
    const { bytes, offsets } = encodeHeaderExtensions(stream.extensions);
    this.#bytes = new Uint8Array(RTP_FIXED_HEADER_BYTES + bytes.length);
    this.#markerAndType = stream.payloadType & 0x7f;
    this.#bytes[0] = bytes.length > 0 ? 0x90 : 0x80;
    new DataView(this.#bytes.buffer).setUint32(8, stream.ssrc);
    this.#bytes.set(bytes, RTP_FIXED_HEADER_BYTES);
    this.extensionOffsets = offsets.map((at) => at + RTP_FIXED_HEADER_BYTES);
  }

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  /** Writes the header at the start of `target`; numbers are taken modulo their width. Returns its length. */
  write(
    target: Uint8Array,
    packet: { sequenceNumber: number; timestamp: number; isMarked: boolean },
  ): number {
    const { sequenceNumber, timestamp, isMarked } = packet;
    target.set(this.#bytes);
    target[1] = this.#markerAndType | (isMarked ? 0x80 : 0);
    target[2] = (sequenceNumber >>> 8) & 255;
    target[3] = sequenceNumber & 255;
    target[4] = (timestamp >>> 24) & 255;
    target[5] = (timestamp >>> 16) & 255;
    target[6] = (timestamp >>> 8) & 255;
    target[7] = timestamp & 255;
    return this.#bytes.length;
  }
}
