import { parseTwccFeedback, type TwccFeedback } from './twcc-feedback.ts';

/** One reception report block (RFC 3550 6.4.1). */
export type ReceptionReport = {
  readonly ssrc: number;
  /** Loss since the report before, 0..1 in steps of 1/256. */
  readonly lossRatio: number;
  readonly packetsLost: number;
  /** Interarrival jitter in ticks of the stream's RTP clock. */
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP time of the last sender report seen, 0 before any. */
  readonly lastSenderReport: number;
  /** Time since that report arrived, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
};

/** What a receiver may tell us. */
export type RtcpMessage =
  | { readonly kind: 'twcc'; readonly feedback: TwccFeedback }
  | {
      readonly kind: 'nack';
      readonly mediaSsrc: number;
      readonly sequenceNumbers: readonly number[];
    }
  | { readonly kind: 'pli'; readonly mediaSsrc: number }
  | { readonly kind: 'fir'; readonly mediaSsrc: number }
  | { readonly kind: 'report'; readonly reports: readonly ReceptionReport[] }
  | { readonly kind: 'bye' };

const TYPE = { senderReport: 200, receiverReport: 201, bye: 203, rtpfb: 205, psfb: 206 } as const;
const REPORT_BLOCK_BYTES = 24;
/** Numbers taken from one NACK: more cannot be answered usefully (chosen: 17 numbers an entry, 60 entries). */
const MAX_NACKED_PACKETS = 1024;

/**
 * Parses a decrypted compound RTCP packet (RFC 3550 6.1). Packets of types that we do not use are skipped.
 * `malformedPackets` counts parts that could not be read. Never throws.
 */
export function parseRtcp(compound: Buffer): {
  readonly messages: readonly RtcpMessage[];
  readonly malformedPackets: number;
} {
  const messages: RtcpMessage[] = [];
  let malformedPackets = 0;
  let at = 0;
  while (at < compound.length) {
    if (at + 4 > compound.length || (compound[at] ?? 0) >> 6 !== 2) {
      malformedPackets += 1;
      break;
    }
    const end = at + (compound.readUInt16BE(at + 2) + 1) * 4;
    if (end > compound.length) {
      malformedPackets += 1;
      break;
    }
    const message = parsePacket(compound.subarray(at, end));
    if (message === undefined) malformedPackets += 1;
    else if (message !== 'ignored') messages.push(message);
    at = end;
  }
  return { messages, malformedPackets };
}

function parsePacket(packet: Buffer): RtcpMessage | 'ignored' | undefined {
  const format = (packet[0] ?? 0) & 31;
  switch (packet[1]) {
    case TYPE.senderReport:
      return parseReports(packet, format, 28);
    case TYPE.receiverReport:
      return parseReports(packet, format, 8);
    case TYPE.bye:
      return { kind: 'bye' };
    case TYPE.rtpfb:
      if (format === 15) {
        const feedback = parseTwccFeedback(packet);
        return feedback === undefined ? undefined : { kind: 'twcc', feedback };
      }
      return format === 1 ? parseNack(packet) : 'ignored';
    case TYPE.psfb:
      if (packet.length < 12) return undefined;
      if (format === 1) return { kind: 'pli', mediaSsrc: packet.readUInt32BE(8) };
      // FIR names its target in the entry, not in the header (RFC 5104 4.3.1).
      if (format === 4)
        return packet.length < 20 ? undefined : { kind: 'fir', mediaSsrc: packet.readUInt32BE(12) };
      return 'ignored';
    default:
      return 'ignored';
  }
}

/** Generic NACK (RFC 4585 6.2.1): entries of |packet id (2)| bitmask of the 16 packets after it (2)|. */
function parseNack(packet: Buffer): RtcpMessage | undefined {
  if (packet.length < 16) return undefined;
  const sequenceNumbers: number[] = [];
  for (let at = 12; at + 4 <= packet.length; at += 4) {
    const first = packet.readUInt16BE(at);
    const mask = packet.readUInt16BE(at + 2);
    sequenceNumbers.push(first);
    for (let i = 0; i < 16; i++)
      if ((mask & (1 << i)) !== 0) sequenceNumbers.push((first + i + 1) & 0xffff);
    if (sequenceNumbers.length >= MAX_NACKED_PACKETS) break;
  }
  return { kind: 'nack', mediaSsrc: packet.readUInt32BE(8), sequenceNumbers };
}

function parseReports(packet: Buffer, count: number, from: number): RtcpMessage | undefined {
  if (packet.length < from + count * REPORT_BLOCK_BYTES) return undefined;
  const reports: ReceptionReport[] = [];
  for (let i = 0; i < count; i++) {
    const at = from + i * REPORT_BLOCK_BYTES;
    reports.push({
      ssrc: packet.readUInt32BE(at),
      lossRatio: (packet[at + 4] ?? 0) / 256,
      packetsLost: packet.readIntBE(at + 5, 3),
      jitterTicks: packet.readUInt32BE(at + 12),
      lastSenderReport: packet.readUInt32BE(at + 16),
      delaySinceLastSenderReport: packet.readUInt32BE(at + 20),
    });
  }
  return { kind: 'report', reports };
}
