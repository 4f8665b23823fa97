import type { Timers } from '@perigee/kit';
import { OpusEncoder } from './opus-encoder.ts';
import { PulseRecorder, type PulseRecorderOptions } from './pulse-recorder.ts';
import { CHUNK_SAMPLES, SAMPLE_RATE_HZ, SampleChunker } from './sample-chunker.ts';
import { SilenceGate } from './silence-gate.ts';

/** One Opus packet of 10 ms. */
export type SoundPacket = {
  readonly data: Uint8Array;
  /** 48 kHz ticks, not wrapped. */
  readonly timestamp: number;
  /** First packet after silence. */
  readonly isTalkspurt: boolean;
};

export type SoundSourceOptions = {
  readonly socketPath: string;
  readonly timers: Timers;
  readonly nowUs: () => number;
  readonly onPacket: (packet: SoundPacket) => void;
  readonly onGap: PulseRecorderOptions['onGap'];
};

/** How far counted samples may be off the clock before they are set right: the sink's clock drifts, and a restart leaves a hole. */
const MAX_DRIFT_SAMPLES = SAMPLE_RATE_HZ / 10;

/** The session's sound as Opus packets, while it is wanted and while there is any. */
export class SoundSource {
  readonly #options: SoundSourceOptions;
  readonly #encoder: OpusEncoder;
  readonly #chunker = new SampleChunker();
  readonly #recorder: PulseRecorder;
  #gate = new SilenceGate();
  #timestamp = 0;

  /** @throws {SoundError} encoder-failed */
  constructor(options: SoundSourceOptions) {
    this.#options = options;
    this.#encoder = new OpusEncoder();
    this.#recorder = new PulseRecorder({
      socketPath: options.socketPath,
      timers: options.timers,
      onSamples: (bytes) => {
        this.#onSamples(bytes);
      },
      onGap: (gap) => {
        this.#chunker.reset();
        options.onGap(gap);
      },
    });
  }

  /** Packets left out because the process was too busy to send them in time. */
  get droppedPackets(): number {
    return this.#chunker.droppedChunks;
  }

  start(): void {
    this.#chunker.reset();
    this.#gate = new SilenceGate();
    this.#recorder.start();
  }

  stop(): void {
    this.#recorder.stop();
  }

  /** Idempotent. */
  close(): void {
    this.#recorder.stop();
    this.#encoder.close();
  }

  #onSamples(bytes: Buffer): void {
    const { chunks, skippedChunks } = this.#chunker.push(bytes);
    if (chunks.length === 0) return;
    this.#timestamp += skippedChunks * CHUNK_SAMPLES;
    this.#followClock(chunks.length);
    for (const chunk of chunks) {
      const timestamp = this.#timestamp;
      this.#timestamp += CHUNK_SAMPLES;
      const decision = this.#gate.decide(chunk);
      if (decision === 'skip') continue;
      const data = this.#encoder.encode(chunk);
      if (data === undefined) continue;
      this.#options.onPacket({ data, timestamp, isTalkspurt: decision === 'send-first' });
    }
  }

  /** Timestamps count samples; only a jump of the clock (start, restart, a long stall) moves them. */
  #followClock(readyChunks: number): void {
    const clock = Math.round((this.#options.nowUs() * SAMPLE_RATE_HZ) / 1e6);
    const expected = clock - readyChunks * CHUNK_SAMPLES;
    if (expected - this.#timestamp > MAX_DRIFT_SAMPLES) this.#timestamp = expected;
  }
}
