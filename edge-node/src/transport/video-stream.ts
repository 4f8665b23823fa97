import { EXTENSION_URI, type HeaderExtension } from '../rtp/header-extension.ts';
import { H264Packetiser } from '../rtp/h264-packetiser.ts';
import type { Packetiser } from '../rtp/packetiser.ts';
import { RetransmissionHistory, type StoredPacket } from '../rtp/retransmission-history.ts';
import { RtpHeaderTemplate, RTP_FIXED_HEADER_BYTES } from '../rtp/rtp-header.ts';
import type { SendHistory } from '../rtp/send-history.ts';
import { Vp8Packetiser } from '../rtp/vp8-packetiser.ts';
import type { NegotiatedVideo } from './answer.ts';
import { MAX_PACKET_BYTES, type SendPacket, type StreamCounters } from './outgoing-stream.ts';

export type VideoStreamOptions = {
  readonly negotiated: NegotiatedVideo;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly send: SendPacket;
  readonly sendHistory: SendHistory;
  /** 0 <= chance < 1; for first sequence numbers and picture ids. */
  readonly random: () => number;
};

/** What became of one frame. */
export type SentVideoFrame = {
  readonly packetCount: number;
  /** RTP bytes before encryption. */
  readonly sizeBytes: number;
};

/** 2048 packets are 3 s at 6 Mbit/s and a little under 1 s at 20; what is older comes too late for any player (chosen). */
const HISTORY = { capacity: 2048, packetBytes: MAX_PACKET_BYTES, maxAgeUs: 1_000_000 } as const;
/** A browser repeats a NACK after a round trip; on very short ones it may ask again before the resend has crossed (chosen). */
const MIN_RESEND_INTERVAL_US = 5000;
/** Packets sent again per second and at once, whatever is asked: a hostile NACK flood must not cost the edge its uplink (chosen: 30 Mbit/s). */
const RESEND_BUDGET = { packetsPerSecond: 3000, burstPackets: 512 } as const;
/** Packets that one feedback request may cover. Chosen: a keyframe of 250 kB. */
const MAX_REQUESTED_PACKETS = 255;
/** T flag of a cc-02 feedback request: with receive times. */
const REQUEST_WITH_TIMESTAMPS = 0x8000;

/** The video of one peer: frames in, RTP packets out, and packets again when the browser misses them. */
export class VideoStream {
  readonly #send: SendPacket;
  readonly #sendHistory: SendHistory;
  readonly #packetiser: Packetiser;
  readonly #history = new RetransmissionHistory({
    ...HISTORY,
    minResendIntervalUs: MIN_RESEND_INTERVAL_US,
  });
  readonly #header: RtpHeaderTemplate;
  /** Header of the last packet of a frame, with the feedback request when cc-02 was accepted. */
  readonly #lastHeader: RtpHeaderTemplate;
  readonly #rtxHeader: RtpHeaderTemplate | undefined;
  readonly #rtxPacket = Buffer.alloc(MAX_PACKET_BYTES + 2);
  /** Index of the transport-wide number among the extensions, -1 when it was not accepted. */
  readonly #wideIndex: number;
  readonly #isFeedbackOnRequest: boolean;
  readonly #ssrc: number;
  readonly #rtxSsrc: number;
  #nextSequence: number;
  #nextRtxSequence: number;
  #previousFrameFirstCount = 0;
  #packetCount = 0;
  #octetCount = 0;
  #resentPackets = 0;
  #resendTokens: number = RESEND_BUDGET.burstPackets;
  #resendRefilledUs = 0;

  constructor(options: VideoStreamOptions) {
    const { negotiated, random } = options;
    this.#send = options.send;
    this.#sendHistory = options.sendHistory;
    this.#ssrc = options.ssrc;
    this.#rtxSsrc = options.rtxSsrc;
    this.#packetiser =
      negotiated.codec === 'h264'
        ? new H264Packetiser()
        : new Vp8Packetiser(Math.floor(random() * 0x8000));
    // RFC 3711 3.3.1 advises to start in the lower half, so that the first packets cannot be taken for a wrap.
    this.#nextSequence = Math.floor(random() * 0x8000);
    this.#nextRtxSequence = Math.floor(random() * 0x8000);
    const ids = negotiated.extensionIds;
    this.#isFeedbackOnRequest = ids.has(EXTENSION_URI.transportWideCc02);
    const wideId =
      ids.get(EXTENSION_URI.transportWideCc02) ?? ids.get(EXTENSION_URI.transportWideCc01);
    const extensions: HeaderExtension[] = [];
    const midId = ids.get(EXTENSION_URI.mid);
    if (midId !== undefined && negotiated.mid !== '')
      extensions.push({ id: midId, data: Buffer.from(negotiated.mid) });
    // Zero bytes: min = max = 0.
    const playoutId = ids.get(EXTENSION_URI.playoutDelay);
    if (playoutId !== undefined) extensions.push({ id: playoutId, data: new Uint8Array(3) });
    this.#wideIndex = wideId === undefined ? -1 : extensions.length;
    const withWide = (sizeBytes: number): HeaderExtension[] =>
      wideId === undefined
        ? extensions
        : [...extensions, { id: wideId, data: new Uint8Array(sizeBytes) }];
    const stream = { payloadType: negotiated.payloadType, ssrc: options.ssrc };
    this.#header = new RtpHeaderTemplate({ ...stream, extensions: withWide(2) });
    this.#lastHeader = this.#isFeedbackOnRequest
      ? new RtpHeaderTemplate({ ...stream, extensions: withWide(4) })
      : this.#header;
    this.#rtxHeader =
      negotiated.rtxPayloadType === undefined
        ? undefined
        : new RtpHeaderTemplate({
            payloadType: negotiated.rtxPayloadType,
            ssrc: options.rtxSsrc,
            extensions: withWide(2),
          });
  }

  get counters(): StreamCounters & { readonly resentPackets: number } {
    return {
      ssrc: this.#ssrc,
      packetCount: this.#packetCount,
      octetCount: this.#octetCount,
      resentPackets: this.#resentPackets,
    };
  }

  /** Sends one coded frame at once. `timestamp`: 90 kHz ticks, taken modulo 2^32. */
  sendFrame(frame: Uint8Array, timestamp: number, nowUs: number): SentVideoFrame {
    const packetCount = this.#packetiser.plan(frame);
    const firstCount = this.#sendHistory.count;
    let sizeBytes = 0;
    for (let i = 0; i < packetCount; i++) {
      const isLast = i === packetCount - 1;
      const extendedSequence = this.#nextSequence++;
      const sequenceNumber = extendedSequence & 0xffff;
      const memory = this.#history.reserve(sequenceNumber);
      const header = isLast ? this.#lastHeader : this.#header;
      const headerBytes = header.write(memory, { sequenceNumber, timestamp, isMarked: isLast });
      const payloadBytes = this.#packetiser.write(i, memory, headerBytes);
      const lengthBytes = headerBytes + payloadBytes;
      this.#writeWideNumber(memory, header, { sentUs: nowUs, sizeBytes: lengthBytes });
      if (isLast && this.#isFeedbackOnRequest) this.#writeRequest(memory, firstCount);
      this.#history.commit({ sequenceNumber, lengthBytes, headerBytes, sentUs: nowUs });
      this.#send(memory.subarray(0, lengthBytes), headerBytes, {
        ssrc: this.#ssrc,
        extendedSequence,
      });
      this.#packetCount += 1;
      this.#octetCount += payloadBytes;
      sizeBytes += lengthBytes;
    }
    this.#previousFrameFirstCount = firstCount;
    return { packetCount, sizeBytes };
  }

  /** Sends packets again, at once, as far as they are still known. Returns how many were sent. */
  resend(sequenceNumbers: readonly number[], nowUs: number): number {
    const refill = ((nowUs - this.#resendRefilledUs) / 1e6) * RESEND_BUDGET.packetsPerSecond;
    this.#resendTokens = Math.min(RESEND_BUDGET.burstPackets, this.#resendTokens + refill);
    this.#resendRefilledUs = nowUs;
    let sent = 0;
    for (const sequenceNumber of sequenceNumbers) {
      if (this.#resendTokens < 1) break;
      const packet = this.#history.takeForResend(sequenceNumber, nowUs);
      if (packet === undefined) continue;
      if (this.#rtxHeader === undefined) this.#resendAsIs(packet);
      else this.#resendRtx(this.#rtxHeader, packet, nowUs);
      this.#resendTokens -= 1;
      sent += 1;
    }
    this.#resentPackets += sent;
    return sent;
  }

  /** RFC 4588 section 4: a stream of its own; the payload begins with the original sequence number. */
  #resendRtx(header: RtpHeaderTemplate, packet: StoredPacket, nowUs: number): void {
    const out = this.#rtxPacket;
    const extendedSequence = this.#nextRtxSequence++;
    const headerBytes = header.write(out, {
      sequenceNumber: extendedSequence & 0xffff,
      timestamp: packet.bytes.readUInt32BE(4),
      isMarked: ((packet.bytes[1] ?? 0) & 0x80) !== 0,
    });
    out.writeUInt16BE(packet.sequenceNumber, headerBytes);
    const payloadBytes = packet.bytes.copy(out, headerBytes + 2, packet.headerBytes) + 2;
    const lengthBytes = headerBytes + payloadBytes;
    this.#writeWideNumber(out, header, { sentUs: nowUs, sizeBytes: lengthBytes });
    this.#send(out.subarray(0, lengthBytes), headerBytes, {
      ssrc: this.#rtxSsrc,
      extendedSequence,
    });
  }

  /** Without RTX the packet must be the same to the last bit, old transport-wide number included: its SRTP position is used twice. */
  #resendAsIs(packet: StoredPacket): void {
    const packetsAgo = (this.#nextSequence - packet.sequenceNumber) & 0xffff;
    this.#send(packet.bytes, packet.headerBytes, {
      ssrc: this.#ssrc,
      extendedSequence: this.#nextSequence - packetsAgo,
    });
  }

  #writeWideNumber(
    packet: Buffer,
    header: RtpHeaderTemplate,
    sent: { readonly sentUs: number; readonly sizeBytes: number },
  ): void {
    const at = header.extensionOffsets[this.#wideIndex];
    if (at === undefined) return;
    packet.writeUInt16BE(this.#sendHistory.add(sent), at);
  }

  /** Asks for feedback about this frame and the one before it, in case the feedback about that one was lost. */
  #writeRequest(packet: Buffer, firstCount: number): void {
    const at = this.#lastHeader.extensionOffsets[this.#wideIndex] ?? RTP_FIXED_HEADER_BYTES;
    const wanted = this.#sendHistory.count - Math.min(firstCount, this.#previousFrameFirstCount);
    const count = Math.min(MAX_REQUESTED_PACKETS, Math.max(1, wanted));
    packet.writeUInt16BE(REQUEST_WITH_TIMESTAMPS | count, at + 2);
  }
}
