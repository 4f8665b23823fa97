/** A sent packet as the history keeps it. */
export type StoredPacket = {
  /** RTP header and payload, not encrypted. A view into the history: valid until the next `reserve`. */
  readonly bytes: Buffer;
  readonly headerBytes: number;
  readonly sequenceNumber: number;
};

type Slot = {
  sequenceNumber: number;
  sentUs: number;
  resentUs: number;
  lengthBytes: number;
  headerBytes: number;
};

/**
 * The last packets of one stream, kept for NACK in one block of memory: bounded by number of packets and by age, nothing is allocated
 * per packet. Packets are written where they are kept (`reserve`, then `commit`).
 */
export class RetransmissionHistory {
  readonly #slots: Slot[];
  readonly #memory: Buffer;
  readonly #packetBytes: number;
  readonly #maxAgeUs: number;
  readonly #minResendIntervalUs: number;

  /** `capacity` a power of two up to 32768; `packetBytes` the largest packet; `minResendIntervalUs` keeps a repeated NACK from doubling a resend that is still under way. */
  constructor(limits: {
    readonly capacity: number;
    readonly packetBytes: number;
    readonly maxAgeUs: number;
    readonly minResendIntervalUs: number;
  }) {
    this.#memory = Buffer.alloc(limits.capacity * limits.packetBytes);
    this.#packetBytes = limits.packetBytes;
    this.#maxAgeUs = limits.maxAgeUs;
    this.#minResendIntervalUs = limits.minResendIntervalUs;
    this.#slots = Array.from({ length: limits.capacity }, () => ({
      sequenceNumber: -1,
      sentUs: 0,
      resentUs: 0,
      lengthBytes: 0,
      headerBytes: 0,
    }));
  }

  /** The memory in which the packet with this sequence number (0..65535) is to be written; what it held before is forgotten. */
  reserve(sequenceNumber: number): Buffer {
    const index = sequenceNumber & (this.#slots.length - 1);
    const slot = this.#slots[index];
    if (slot !== undefined) slot.sequenceNumber = -1;
    return this.#memory.subarray(index * this.#packetBytes, (index + 1) * this.#packetBytes);
  }

  /** Keeps what was written into the reserved memory. */
  commit(packet: {
    sequenceNumber: number;
    lengthBytes: number;
    headerBytes: number;
    sentUs: number;
  }): void {
    const slot = this.#slots[packet.sequenceNumber & (this.#slots.length - 1)];
    if (slot === undefined) return;
    slot.sequenceNumber = packet.sequenceNumber;
    slot.lengthBytes = packet.lengthBytes;
    slot.headerBytes = packet.headerBytes;
    slot.sentUs = packet.sentUs;
    slot.resentUs = -Infinity;
  }

  /** The packet to send again, or undefined when it is unknown, too old, or was sent again a moment ago. Counts as sent again at `nowUs`. */
  takeForResend(sequenceNumber: number, nowUs: number): StoredPacket | undefined {
    const index = sequenceNumber & (this.#slots.length - 1);
    const slot = this.#slots[index];
    if (slot?.sequenceNumber !== sequenceNumber) return undefined;
    if (nowUs - slot.sentUs > this.#maxAgeUs) return undefined;
    if (nowUs - slot.resentUs < this.#minResendIntervalUs) return undefined;
    slot.resentUs = nowUs;
    const start = index * this.#packetBytes;
    return {
      bytes: this.#memory.subarray(start, start + slot.lengthBytes),
      headerBytes: slot.headerBytes,
      sequenceNumber,
    };
  }
}
