import { EXTENSION_URI, type HeaderExtension } from '../rtp/header-extension.ts';
import { RtpHeaderTemplate } from '../rtp/rtp-header.ts';
import type { NegotiatedMedia } from './answer.ts';
import { MAX_PACKET_BYTES, type SendPacket, type StreamCounters } from './outgoing-stream.ts';

/** The sound of one peer: one Opus packet is one RTP payload (RFC 7587 4.2). */
export class AudioStream {
  readonly #send: SendPacket;
  readonly #ssrc: number;
  readonly #header: RtpHeaderTemplate;
  readonly #packet = Buffer.alloc(MAX_PACKET_BYTES);
  #nextSequence: number;
  #packetCount = 0;
  #octetCount = 0;

  constructor(options: {
    readonly negotiated: NegotiatedMedia;
    readonly ssrc: number;
    readonly send: SendPacket;
    readonly random: () => number;
  }) {
    const { negotiated } = options;
    this.#send = options.send;
    this.#ssrc = options.ssrc;
    this.#nextSequence = Math.floor(options.random() * 0x8000);
    const midId = negotiated.extensionIds.get(EXTENSION_URI.mid);
    const extensions: HeaderExtension[] =
      midId === undefined || negotiated.mid === ''
        ? []
        : [{ id: midId, data: Buffer.from(negotiated.mid) }];
    this.#header = new RtpHeaderTemplate({
      payloadType: negotiated.payloadType,
      ssrc: options.ssrc,
      extensions,
    });
  }

  get counters(): StreamCounters {
    return { ssrc: this.#ssrc, packetCount: this.#packetCount, octetCount: this.#octetCount };
  }

  /** `timestamp`: 48 kHz ticks, modulo 2^32. `isTalkspurt`: first packet after silence (marker bit, RFC 7587 4.1). A packet that fits none is dropped. */
  sendPacket(opus: Uint8Array, timestamp: number, isTalkspurt: boolean): void {
    if (opus.length === 0 || opus.length + this.#header.lengthBytes > MAX_PACKET_BYTES) return;
    const extendedSequence = this.#nextSequence++;
    const headerBytes = this.#header.write(this.#packet, {
      sequenceNumber: extendedSequence & 0xffff,
      timestamp,
      isMarked: isTalkspurt,
    });
    this.#packet.set(opus, headerBytes);
    const packet = this.#packet.subarray(0, headerBytes + opus.length);
    this.#send(packet, headerBytes, { ssrc: this.#ssrc, extendedSequence });
    this.#packetCount += 1;
    this.#octetCount += opus.length;
  }
}
