import type { TwccFeedback } from './twcc-feedback.ts';

/** What came back about one sent packet. */
export type PacketFeedback = {
  /** Our clock, us. */
  readonly sentUs: number;
  readonly sizeBytes: number;
  readonly isReceived: boolean;
  /** Receiver's clock, us; undefined when not received or not told. */
  readonly receivedUs: number | undefined;
};

/** Sent packets that feedback can still be matched to (chosen: 8 s at 1000 packets/s). A power of two. */
const CAPACITY = 8192;

/**
 * Numbers every packet of a connection (transport-wide sequence number) and matches feedback to what was sent.
 * Feedback may repeat packets (cc-02 asks for older frames again, in case the feedback about them was lost): each packet is reported as
 * received at most once, and as lost at most once; a packet that was reported lost and then arrived is reported again as received.
 */
export class SendHistory {
  #next: number;
  readonly #sentUs = new Float64Array(CAPACITY);
  readonly #sizeBytes = new Uint16Array(CAPACITY);
  /** 0 unknown, 1 reported lost, 2 reported received. */
  readonly #status = new Uint8Array(CAPACITY);
  readonly #first: number;

  /** `first` 0..65535: the number of the first packet. */
  constructor(first: number) {
    this.#first = first;
    this.#next = first;
  }

  /** Packets numbered so far. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** Records a packet that is about to be sent; returns its transport-wide number, 0..65535. */
  add(packet: { readonly sentUs: number; readonly sizeBytes: number }): number {
    const unwrapped = this.#next++;
    const index = unwrapped & (CAPACITY - 1);
    this.#sentUs[index] = packet.sentUs;
    this.#sizeBytes[index] = packet.sizeBytes;
    this.#status[index] = 0;
    return unwrapped & 0xffff;
  }

  /** What is new in this feedback, in the order of sending. Numbers that were never sent, or too long ago, are ignored. */
  resolve(feedback: TwccFeedback): PacketFeedback[] {
    const news: PacketFeedback[] = [];
    for (const { sequenceNumber, isReceived, receivedUs } of feedback.packets) {
      // Only what was sent can be reported, so a number is read as the newest sent packet that has it: 1 to 65536 packets ago.
      const packetsAgo = ((this.#next - 1 - sequenceNumber) & 0xffff) + 1;
      const unwrapped = this.#next - packetsAgo;
      if (unwrapped < this.#first || packetsAgo > CAPACITY) continue;
      const index = unwrapped & (CAPACITY - 1);
      const status = isReceived ? 2 : 1;
      if ((this.#status[index] ?? 0) >= status) continue;
      this.#status[index] = status;
      news.push({
        sentUs: this.#sentUs[index] ?? 0,
        sizeBytes: this.#sizeBytes[index] ?? 0,
        isReceived,
        receivedUs,
      });
    }
    return news;
  }
}
