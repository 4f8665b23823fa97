import type { PacketPosition } from './srtp-sender.ts';

/** Encrypts and sends one RTP packet at once. Never throws; a packet that cannot be sent is lost. `packet` is not kept. */
export type SendPacket = (packet: Buffer, headerBytes: number, position: PacketPosition) => void;

/** Largest RTP packet before encryption, bytes: 12 header, 20 extensions, 2 RTX prefix, 1150 payload, rounded up. */
export const MAX_PACKET_BYTES = 1200;

/** Counters of one outgoing stream, as a sender report wants them. */
export type StreamCounters = {
  readonly ssrc: number;
  readonly packetCount: number;
  /** Payload bytes. */
  readonly octetCount: number;
};
