import type { EdgeToPlayerControl } from '@perigee/protocol';
import type { VideoSourceStats } from '../capture/video-source.ts';
import type { HostToAgent } from './ipc.ts';

/** Samples of one second at 120 frames/s. */
const MAX_SAMPLES = 120;
/** Upper end of the wire's milliseconds. */
const MAX_WIRE_MS = 60_000;

/** What the peer tells of the connection. */
export type ConnectionStats = {
  readonly rttMs: number | undefined;
  readonly lossRatio: number;
  readonly sentBytes: number;
};

export type SecondStats = {
  readonly forAgent: Extract<HostToAgent, { type: 'stats' }>;
  readonly forPlayer: Extract<EdgeToPlayerControl, { type: 'edgeStats' }>;
};

/** Collects one interval's figures. Pure: time comes in. */
export class SessionStats {
  readonly #captureToSendMs: number[] = [];
  #frames = 0;
  #sentBytesBefore = 0;
  #intervalStartMs: number;
  #source: VideoSourceStats | undefined;

  constructor(nowMs: number) {
    this.#intervalStartMs = nowMs;
  }

  /** The source's own figures; totals since it started. */
  onSourceStats(stats: VideoSourceStats): void {
    this.#source = stats;
  }

  /** One frame was handed to the network. Times of the same clock, us. */
  onFrameSent(frame: { readonly captureUs: number; readonly sentUs: number }): void {
    this.#frames += 1;
    if (this.#captureToSendMs.length < MAX_SAMPLES)
      this.#captureToSendMs.push((frame.sentUs - frame.captureUs) / 1000);
  }

  /** Bytes of another peer count from its own start. */
  onNewPeer(): void {
    this.#sentBytesBefore = 0;
  }

  /** Ends the interval. */
  take(
    nowMs: number,
    now: {
      readonly connection: ConnectionStats;
      readonly targetBitrateBps: number;
      readonly malformedPackets: number;
    },
  ): SecondStats {
    const seconds = Math.max(0.001, (nowMs - this.#intervalStartMs) / 1000);
    const { connection } = now;
    const bytes = Math.max(0, connection.sentBytes - this.#sentBytesBefore);
    const stats: SecondStats = {
      forAgent: {
        type: 'stats',
        rttMs: connection.rttMs ?? null,
        framesPerSecond: Math.min(1000, this.#frames / seconds),
        bitrateBps: Math.min(1e10, (bytes * 8) / seconds),
        malformedPackets: now.malformedPackets,
      },
      forPlayer: {
        type: 'edgeStats',
        capturedFrames: this.#source?.capturedFrames ?? 0,
        encodedFrames: this.#source?.encodedFrames ?? 0,
        targetBitrateBps: now.targetBitrateBps,
        encodeP50Ms: wireMs(this.#source?.encodeP50Ms ?? 0),
        captureToSendP50Ms: wireMs(median(this.#captureToSendMs)),
        lossRatio: Math.min(1, Math.max(0, connection.lossRatio)),
      },
    };
    this.#frames = 0;
    this.#captureToSendMs.length = 0;
    this.#sentBytesBefore = connection.sentBytes;
    this.#intervalStartMs = nowMs;
    return stats;
  }
}

/** Middle of the values; 0 when there are none. Sorts in place. */
function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}

function wireMs(ms: number): number {
  return Number.isFinite(ms) ? Math.min(MAX_WIRE_MS, Math.max(0, ms)) : 0;
}
