import type { PacketFeedback } from '../rtp/send-history.ts';

/** One frame that was handed to the network. Times in us of the process's monotonic clock. */
export type SentFrame = {
  readonly sentUs: number;
  readonly sizeBytes: number;
  readonly packetCount: number;
};

/** Decides how much may be sent. Pure: time comes in with every call; nothing is sent or scheduled by it. */
export interface CongestionController {
  onFrameSent(frame: SentFrame): void;
  /** Results of packets in the order they were sent; each packet is reported at most once. */
  onFeedback(feedback: {
    readonly nowUs: number;
    readonly packets: readonly PacketFeedback[];
  }): void;
  /** To be called about every 100 ms. */
  onTick(nowUs: number): { readonly targetBitrateBps: number };
}
