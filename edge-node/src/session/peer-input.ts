import { createTokenBucket, type TokenBucket } from '@perigee/kit';
import { encodeInputAck, InputReceiver } from '@perigee/protocol';
import type { InputApplier } from '../input/input-applier.ts';

/** A 1000 Hz mouse with every packet doubled; more is dropped (chosen). */
const MAX_PACKETS_PER_SECOND = 2000;
const MAX_BURST_PACKETS = 400;

export type PeerInputOptions = {
  readonly applier: InputApplier;
  readonly nowUs: () => number;
  readonly sendAck: (bytes: Uint8Array) => void;
  /** Input was injected; the newest event sequence that it brought. */
  readonly onInjected: (eventSequence: number) => void;
};

/** The input channel of one peer: bytes in; injected input and acknowledgements out. */
export class PeerInput {
  readonly #options: PeerInputOptions;
  readonly #receiver = new InputReceiver();
  readonly #bucket: TokenBucket = createTokenBucket({
    capacity: MAX_BURST_PACKETS,
    refillPerSecond: MAX_PACKETS_PER_SECOND,
  });
  #droppedPackets = 0;
  #eventSequence = 0;

  constructor(options: PeerInputOptions) {
    this.#options = options;
  }

  /** Packets that were malformed, or beyond the rate. */
  get refusedPackets(): number {
    return this.#receiver.counts.malformedPackets + this.#droppedPackets;
  }

  /** Handles one message of the input channel, at once. Never throws. */
  receive(bytes: Uint8Array): void {
    const { applier, nowUs, sendAck, onInjected } = this.#options;
    const receivedUs = nowUs();
    if (!this.#bucket.take(receivedUs / 1000)) {
      this.#droppedPackets += 1;
      return;
    }
    const update = this.#receiver.receiveBytes(bytes, receivedUs);
    if (update === undefined) return;
    const isInjected = applier.apply(update);
    const ack = this.#receiver.takeAck(nowUs());
    if (ack !== undefined) this.#eventSequence = ack.eventSequence;
    if (isInjected) onInjected(this.#eventSequence);
    if (ack !== undefined) sendAck(encodeInputAck(ack));
  }

  /** The player let go, left, or went silent. */
  releaseAll(): void {
    this.#receiver.releaseAll();
    this.#options.applier.releaseAll();
  }
}
