import type { PacketFeedback } from '../rtp/send-history.ts';
import type { CongestionController, SentFrame } from './congestion-controller.ts';

/** Lowest target: below it text becomes unreadable (chosen). */
export const MIN_TARGET_BITRATE_BPS = 300_000;

// draft-ietf-rmcat-gcc-02, section 6: below 2 % loss +5 %, above 10 % times (1 - loss / 2), unchanged between.
const LOW_LOSS_RATIO = 0.02;
const HIGH_LOSS_RATIO = 0.1;
const INCREASE_FACTOR = 1.05;
/** One decision a window; the window also needs this many packets, or one lost packet of three would halve the rate. */
const WINDOW_US = 1_000_000;
const MIN_WINDOW_PACKETS = 20;
/** The target only grows while it is used: an idle picture says nothing about the link (chosen). */
const MIN_USED_RATIO = 0.6;

/** The loss-based part of Google Congestion Control: a simple start that never fills a queue on purpose, but does not see one either. */
export class LossController implements CongestionController {
  #targetBitrateBps: number;
  readonly #maxBitrateBps: number;
  #windowStartUs: number | undefined;
  #receivedPackets = 0;
  #lostPackets = 0;
  #sentBytes = 0;
  #lossRatio = 0;

  constructor(limits: { readonly startBitrateBps: number; readonly maxBitrateBps: number }) {
    this.#maxBitrateBps = Math.max(MIN_TARGET_BITRATE_BPS, limits.maxBitrateBps);
    this.#targetBitrateBps = this.#clamp(limits.startBitrateBps);
  }

  /** Loss ratio of the last whole window, 0..1. */
  get lossRatio(): number {
    return this.#lossRatio;
  }

  onFrameSent(frame: SentFrame): void {
    this.#sentBytes += frame.sizeBytes;
  }

  onFeedback(feedback: { readonly packets: readonly PacketFeedback[] }): void {
    for (const packet of feedback.packets) {
      if (packet.isReceived) this.#receivedPackets += 1;
      else this.#lostPackets += 1;
    }
  }

  onTick(nowUs: number): { readonly targetBitrateBps: number } {
    this.#windowStartUs ??= nowUs;
    const elapsedUs = nowUs - this.#windowStartUs;
    if (elapsedUs >= WINDOW_US) this.#decide(nowUs, elapsedUs);
    return { targetBitrateBps: this.#targetBitrateBps };
  }

  #decide(nowUs: number, elapsedUs: number): void {
    const packets = this.#receivedPackets + this.#lostPackets;
    if (packets < MIN_WINDOW_PACKETS) {
      // Too little to judge: go on collecting, but do not let an old idle time dilute the rate.
      if (elapsedUs < 10 * WINDOW_US) return;
      this.#lossRatio = 0;
    } else {
      this.#lossRatio = this.#lostPackets / packets;
      const sentBps = (this.#sentBytes * 8e6) / elapsedUs;
      const isUsed = sentBps >= MIN_USED_RATIO * this.#targetBitrateBps;
      if (this.#lossRatio > HIGH_LOSS_RATIO) this.#scale(1 - this.#lossRatio / 2);
      else if (this.#lossRatio < LOW_LOSS_RATIO && isUsed) this.#scale(INCREASE_FACTOR);
    }
    this.#windowStartUs = nowUs;
    this.#receivedPackets = 0;
    this.#lostPackets = 0;
    this.#sentBytes = 0;
  }

  #scale(factor: number): void {
    this.#targetBitrateBps = this.#clamp(this.#targetBitrateBps * factor);
  }

  #clamp(bps: number): number {
    return Math.round(Math.min(this.#maxBitrateBps, Math.max(MIN_TARGET_BITRATE_BPS, bps)));
  }
}
