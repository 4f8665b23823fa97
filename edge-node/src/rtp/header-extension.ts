/** URIs of the header extensions that we use. */
export const EXTENSION_URI = {
  /** RFC 8843 15: names the m-line of a packet. */
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01: 16-bit number, periodic feedback. */
  transportWideCc01: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  /** The same with feedback on request: number, then optionally T flag and 15-bit count. */
  transportWideCc02: 'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02',
  /** Two 12-bit fields, min and max, in 10 ms. 0/0 switches libwebrtc to low-latency rendering. */
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

/** One header extension element: `id` 1..14, `data` 1..16 bytes. */
export type HeaderExtension = { readonly id: number; readonly data: Uint8Array };

/**
 * The extension block of an RTP header in the one-byte form (RFC 8285 4.2), profile word included, padded to 32 bits.
 * `offsets[i]` is where the data of extension i starts in `bytes`, so that a value can be patched in every packet.
 * @throws {RangeError} for an id or length that the one-byte form cannot carry (our bug: ids come from our own offer).
 *
 * ```
 * | 0xBE | 0xDE | length in words (2) | ID(4) len-1(4) | data... | ... | zero padding |
 * ```
 */
export function encodeHeaderExtensions(extensions: readonly HeaderExtension[]): {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
} {
  if (extensions.length === 0) return { bytes: new Uint8Array(0), offsets: [] };
  const offsets: number[] = [];
  let sizeBytes = 4;
  for (const { id, data } of extensions) {
    if (id < 1 || id > 14 || data.length < 1 || data.length > 16)
      throw new RangeError('header extension does not fit the one-byte form');
    offsets.push(sizeBytes + 1);
    sizeBytes += 1 + data.length;
  }
  const bytes = new Uint8Array(Math.ceil(sizeBytes / 4) * 4);
  bytes.set([0xbe, 0xde, 0, bytes.length / 4 - 1]);
  extensions.forEach(({ id, data }, i) => {
    const at = offsets[i] ?? 0;
    bytes[at - 1] = (id << 4) | (data.length - 1);
    bytes.set(data, at);
  });
  return { bytes, offsets };
}
