/** What transport-wide feedback says about one packet. */
export type TwccPacketResult = {
  /** Transport-wide sequence number, 0..65535. */
  readonly sequenceNumber: number;
  readonly isReceived: boolean;
  /** Receive time in us of the receiver's clock (steps of 250 us); undefined when not received or not told. */
  readonly receivedUs: number | undefined;
};

export type TwccFeedback = {
  /** Counts feedback packets, 0..255. */
  readonly feedbackCount: number;
  readonly packets: readonly TwccPacketResult[];
};

const HEADER_BYTES = 20;
const DELTA_UNIT_US = 250;
const REFERENCE_UNIT_US = 64_000;
/** One feedback packet never reports more (chosen: far above the packets of one second at 100 Mbit/s; a larger count is an attack). */
const MAX_REPORTED_PACKETS = 16_384;

/**
 * Parses one transport-wide feedback packet (RTPFB, FMT 15) of cc-01 or cc-02 (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
 * `bytes` is the whole RTCP packet with its header. Feedback that was asked for without time stamps has no deltas at all.
 * Returns undefined when malformed; never throws.
 *
 * ```
 * 8 SSRCs | 12 base (2) | 14 count (2) | 16 reference time (3, 64 ms) | 19 feedback count | 20 chunks (2 each) | deltas (1 or 2 each) | padding
 * chunk: |0|symbol(2)|run length(13)|  or  |1|0| 14 one-bit symbols |  or  |1|1| 7 two-bit symbols |
 * symbol: 0 not received, 1 small delta (1 byte), 2 large or negative delta (2 bytes), 3 received without delta
 * ```
 */
export function parseTwccFeedback(bytes: Buffer): TwccFeedback | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const count = bytes.readUInt16BE(14);
  if (count === 0 || count > MAX_REPORTED_PACKETS) return undefined;
  const paddingBytes = ((bytes[0] ?? 0) & 0x20) === 0 ? 0 : (bytes[bytes.length - 1] ?? 0);
  const end = bytes.length - paddingBytes;
  const symbols = new Uint8Array(count);
  const deltasAt = readSymbols(bytes.subarray(0, Math.max(0, end)), symbols);
  if (deltasAt === undefined) return undefined;
  let needBytes = 0;
  for (const symbol of symbols) needBytes += symbol === 1 ? 1 : symbol === 2 ? 2 : 0;
  const hasTimestamps = needBytes > 0 && deltasAt + needBytes <= end;
  // Deltas that are there in part mean a truncated packet; none at all means that none were asked for.
  if (!hasTimestamps && needBytes > 0 && end - deltasAt > 3) return undefined;
  const base = bytes.readUInt16BE(12);
  let at = deltasAt;
  let receivedUs = bytes.readIntBE(16, 3) * REFERENCE_UNIT_US;
  const packets: TwccPacketResult[] = new Array<TwccPacketResult>(count);
  for (let i = 0; i < count; i++) {
    const symbol = symbols[i] ?? 0;
    const hasDelta = hasTimestamps && (symbol === 1 || symbol === 2);
    if (hasDelta) {
      receivedUs += (symbol === 1 ? (bytes[at] ?? 0) : bytes.readInt16BE(at)) * DELTA_UNIT_US;
      at += symbol;
    }
    packets[i] = {
      sequenceNumber: (base + i) & 0xffff,
      isReceived: symbol !== 0,
      receivedUs: hasDelta ? receivedUs : undefined,
    };
  }
  return { feedbackCount: bytes[19] ?? 0, packets };
}

/** Fills `symbols` from the status chunks; returns where the deltas start, undefined when the chunks end too early. */
function readSymbols(bytes: Buffer, symbols: Uint8Array): number | undefined {
  let filled = 0;
  let at = HEADER_BYTES;
  while (filled < symbols.length) {
    if (at + 2 > bytes.length) return undefined;
    const chunk = bytes.readUInt16BE(at);
    at += 2;
    if ((chunk & 0x8000) === 0) {
      const runLength = chunk & 0x1fff;
      if (runLength === 0) return undefined;
      const to = Math.min(symbols.length, filled + runLength);
      symbols.fill((chunk >> 13) & 3, filled, to);
      filled = to;
    } else if ((chunk & 0x4000) !== 0) {
      for (let i = 6; i >= 0 && filled < symbols.length; i--)
        symbols[filled++] = (chunk >> (2 * i)) & 3;
    } else {
      for (let i = 13; i >= 0 && filled < symbols.length; i--) symbols[filled++] = (chunk >> i) & 1;
    }
  }
  return at;
}
